// The mail part of a service's status report.
import { Gauge } from 'prom-client'
import { z } from 'zod'
import type { Metrics } from './metrics.ts'

export const MailReport = z
  .object({
    state: z
      .enum(['off', 'on', 'failing'])
      .describe('off: SMTP_URL is not set; failing: some mails could not be sent yet.'),
    waiting: z.int().describe('Mails that wait to be sent, counted up to 100,000.'),
    dead: z.int().describe('Mails that were rejected, or could not be sent for days.'),
  })
  .meta({ id: 'MailReport' })
export type MailReport = z.infer<typeof MailReport>

export const measureMail = (report: () => Promise<MailReport>, registry: Metrics) => {
  new Gauge({
    name: 'mails',
    help: 'Mails that wait to be sent, and dead-lettered mails, by state.',
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
