// A member's own entry: reading it, and changing its answers.
import { member, requireMember } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownEntry } from '../errors.ts'
import { PositionReply } from '../line/position-reply.ts'
import type { ReleaseRate } from '../line/release-rate.ts'
import { estimateWait, noWait } from '../line/wait-estimate.ts'
import { type Confirmation, confirmations } from '../mail/config.ts'
import { withCurrentScoring } from '../scoring/current-scoring.ts'
import { personas } from '../scoring/personas.ts'
import { type Change, changeAnswers, findMe } from './me.ts'

const MeReply = PositionReply.extend({
  email: z.string(),
  name: z.string().nullable(),
  use_case: z.string(),
  persona: z.enum(personas),
  locale: z.string().nullable(),
  counted_on: z
    .array(z.iso.date())
    .describe('The day (UTC) on which each referral counted, newest first; at most 100.'),
  referral_code: z.string(),
  share_url: z.url(),
  joined_at: z.iso.datetime(),
  invited_at: z.iso.datetime().nullable(),
  redeemed_at: z.iso.datetime().nullable(),
  confirmed: z.boolean(),
  confirmation: z
    .enum(confirmations)
    .describe(
      'What an entry needs its confirmed address for: nothing, credit for its referrer, or its place too.',
    ),
  mail: z.enum(['on', 'stopped', 'off']).describe('off: this waitlist sends no mail.'),
}).meta({ id: 'WaitlistMember' })

const ChangeBody = z
  .strictObject({
    use_case: text(2000).optional(),
    persona: z.enum(personas).optional(),
    name: text(200).nullable().optional(),
    locale: text(35).nullable().optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'must change something')

export type MeDeps = {
  db: Database
  publicUrl: string
  maxGateAge: () => number | null
  releaseRate: () => Promise<ReleaseRate>
  sendsMail: boolean
  confirmation: Confirmation
}

const readMe = async (deps: MeDeps, person: string) => {
  const [me, rate] = await Promise.all([
    findMe(deps.db, person, deps.maxGateAge()),
    deps.releaseRate(),
  ])
  if (!me) throw unknownEntry()
  const { stopped, ...entry } = me
  const wait = me.position === null ? noWait : estimateWait(me.position, rate)
  const mail = stopped ? ('stopped' as const) : ('on' as const)
  const share_url = `${deps.publicUrl}/r/${me.referral_code}`
  return {
    ...entry,
    ...wait,
    share_url,
    confirmation: deps.confirmation,
    mail: deps.sendsMail ? mail : ('off' as const),
  }
}

const url = '/api/waitlist/me'

export const meRoute = (app: FastifyInstance, deps: MeDeps) =>
  route(
    app,
    {
      method: 'GET',
      url,
      operationId: 'getWaitlistMember',
      summary: "Get a member's place and answers",
      auth: member,
      replies: [200, MeReply],
      errors: [unknownEntry],
    },
    ({ caller }) => readMe(deps, requireMember(caller).person),
  )

export const changeMeRoute = (app: FastifyInstance, deps: MeDeps) => {
  const { db } = deps
  const scored = withCurrentScoring(db)
  const change = (person: string, answers: Change) =>
    retry(() => scored((current) => changeAnswers(db, { person, change: answers }, current)))
  route(
    app,
    {
      method: 'PATCH',
      url,
      operationId: 'updateWaitlistMember',
      examples: { body: { persona: 'agency' } },
      summary: "Change a member's answers, and recompute their score",
      auth: member,
      body: ChangeBody,
      replies: [200, MeReply],
      errors: [unknownEntry],
    },
    async ({ caller, body }) => {
      const { person } = requireMember(caller)
      if ((await change(person, body)) === 'unknown') throw unknownEntry()
      return readMe(deps, person)
    },
  )
}
