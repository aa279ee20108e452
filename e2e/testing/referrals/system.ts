// Two replicas of each service that takes part in referrals, in one process. Nothing polls: a test
// delivers the events.
import * as invites from '@vobee/invites'
import * as qualityGates from '@vobee/quality-gates'
import * as referrals from '@vobee/referrals'
import type { Service } from '@vobee/shared/events/catalogue'
import type { TestDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import * as waitlist from '@vobee/waitlist'
import type { FastifyInstance } from 'fastify'
import { modelSettings } from './model-settings.ts'

export const REPLICAS = 2

// Mails are queued for nobody: no address is confirmed unless a key says so.
const withMail = { SMTP_URL: 'smtp://127.0.0.1:9', CONFIRMATION: 'credit' }

const settingsOf = <S extends Parameters<typeof testSettings>[0]>(
  shape: S,
  url: string,
  more: NodeJS.ProcessEnv = {},
) => testSettings(shape, url, { RATE_LIMITS: 'off', DATABASE_POOL: '8', ...more })

const buildReplica = ({ urls }: TestDatabase): Record<Service, FastifyInstance> => {
  const line = waitlist.buildApp(settingsOf(waitlist.Settings, urls.waitlist, withMail))
  line.insertJobs = async () => {}
  return {
    waitlist: line,
    invites: invites.buildApp(settingsOf(invites.Settings, urls.invites)),
    referrals: referrals.buildApp(settingsOf(referrals.Settings, urls.referrals, modelSettings)),
    quality_gates: qualityGates.buildApp(settingsOf(qualityGates.Settings, urls['quality-gates'])),
  }
}

export type Request = {
  service: Service
  method?: 'POST' | 'GET' | 'DELETE'
  path: string
  body?: object
  headers?: Record<string, string>
}
export type Reply = { status: number; body: Record<string, unknown> }
/** How a request is sent: once, or with an Idempotency-Key a second time, after or with the first. */
export type Sending = 'once' | 'again' | 'at once'

const prefixes: Record<Service, string> = {
  waitlist: '/api/waitlist',
  invites: '/api/invites',
  referrals: '/api/referrals',
  quality_gates: '/api/quality',
}

export const openSystem = (db: TestDatabase) => {
  const replicas = [buildReplica(db), buildReplica(db)]
  let sent = 0
  const app = (service: Service, replica: number) =>
    (replicas[replica % REPLICAS] as (typeof replicas)[0])[service]

  const sendTo = async (
    replica: number,
    { service, method = 'POST', path, body, headers = asAdmin }: Request,
    key?: string,
  ): Promise<Reply> => {
    for (;;) {
      const reply = await app(service, replica).inject({
        method,
        url: `${prefixes[service]}/${path}`,
        headers: { ...headers, ...(key ? { 'idempotency-key': key } : {}) },
        ...(body ? { payload: body } : {}),
      })
      if (reply.statusCode !== 503) return { status: reply.statusCode, body: reply.json() }
    }
  }

  /**
   * Sends a request; a repeated one must get the first reply, unless that was an error.
   * @throws if it does not, or if the service fails.
   */
  const send = async (request: Request, sending: Sending = 'once'): Promise<Reply> => {
    const n = sent++
    const check = (reply: Reply) => {
      if (reply.status < 500) return reply
      throw new Error(`${request.path}: ${reply.status} ${JSON.stringify(reply.body)}`)
    }
    if (sending === 'once') return check(await sendTo(n, request))
    const key = `request ${n}`
    const both =
      sending === 'again'
        ? [await sendTo(n, request, key), await sendTo(n + 1, request, key)]
        : await Promise.all([sendTo(n, request, key), sendTo(n + 1, request, key)])
    const done = both.filter(({ body }) => body.code !== 'idempotency_in_progress').map(check)
    // An error leaves no record: the other one may succeed later.
    const [first, second] = done.toSorted((one, other) => one.status - other.status)
    if (second && second.status < 400 && JSON.stringify(first) !== JSON.stringify(second)) {
      throw new Error(`${request.path}: repeated, ${JSON.stringify(done)}`)
    }
    return first as Reply
  }
  const close = () =>
    Promise.all(replicas.flatMap((replica) => Object.values(replica)).map((one) => one.close()))
  const gate = (isOpen: boolean) =>
    db.owner.query(`select referrals.set_gate($1, '{churn_high}', now())`, [isOpen])
  return { db, app, send, gate, close }
}
export type System = ReturnType<typeof openSystem>
