import { Gauge } from 'prom-client'
import type { Metrics } from './metrics.ts'

/** Adds a metric that `count` reads at each scrape; it is missing while the database is unavailable. */
export const measureCount = (
  registry: Metrics,
  { name, help }: { name: string; help: string },
  count: () => Promise<number>,
) => {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await count().catch(() => null)
      if (value === null) this.remove()
      else this.set(value)
    },
  })
}
