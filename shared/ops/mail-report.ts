// What a service that sends mail says of it in its status.
import { Gauge } from 'prom-client'
import { z } from 'zod'
import type { Metrics } from './metrics.ts'

export const MailReport = z.object({
  state: z
    .enum(['off', 'on', 'failing'])
    .describe('off: no SMTP_URL; failing: some were tried and could not be sent yet.'),
  waiting: z.int().describe('Mails that are not sent yet, counted up to 100,000.'),
  dead: z.int().describe('Mails that were refused, or could not be sent for days.'),
})
export type MailReport = z.infer<typeof MailReport>

export const measureMail = (report: () => Promise<MailReport>, registry: Metrics) => {
  new Gauge({
    name: 'mails',
    help: 'Mails that are not sent yet, and those that never will be, by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const now = await report().catch(() => null)
      if (!now) return this.reset()
      this.set({ state: 'waiting' }, now.waiting)
      this.set({ state: 'dead' }, now.dead)
    },
  })
}
