import { randomUUID } from 'node:crypto'
import { type Caller, key } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency'
import { invitesPaused, overrideMembers, overrideReason, pausedError } from '@vobee/shared/gate'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { EntryFilter, searchOf } from '../entries/filter.ts'
import { type Released, release } from './release.ts'
import type { WaveOrder } from './select.ts'

const ReleaseBody = z
  .strictObject({
    count: z.int().min(1).max(1_000_000),
    filter: EntryFilter.optional().describe('Only those who match.'),
    override_gate: overrideMembers.override_gate,
    reason: text(500).optional().describe('Kept with the wave; required with override_gate.'),
  })
  .refine((given) => given.override_gate !== true || given.reason !== undefined, {
    path: ['reason'],
    message: 'is required with override_gate',
    when: ({ value }) => typeof value === 'object' && value !== null,
  })
type ReleaseBody = z.infer<typeof ReleaseBody>

const ReleaseReply = z.object({
  status: z.literal('success'),
  wave_id: z.uuid(),
  asked: z.int(),
  released: z.int().describe('Fewer than asked when fewer stood there.'),
  pending: z.int().describe('Of these, how many still hold their place: a large wave takes time.'),
  waiting: z.int().describe('How many wait after it.'),
})

export type ReleaseDeps = {
  db: Database
  personKey: PersonKey
  patience: () => number | null
  once: Idempotent
  /** Sees to those of a large wave who are still to be moved. */
  moveMembers: () => void
}

type Asked = { body: ReleaseBody; caller: Caller }

const orderOf = ({ body, caller }: Asked, deps: ReleaseDeps): WaveOrder => ({
  wave_id: randomUUID(),
  count: body.count,
  search: searchOf(body.filter ?? {}, deps.personKey),
  by: caller.kind === 'key' ? caller.name : caller.kind,
  reason: body.reason ?? null,
  override_reason: overrideReason(caller, body),
  maxGateAge: deps.patience(),
})

const answerOf = (
  { wave_id, count }: WaveOrder,
  done: Released,
  { caller, log }: FastifyRequest,
) => {
  if (done.outcome === 'paused') throw pausedError(done.reasons)
  if (!done.gate_open) log.warn({ caller, wave_id }, 'a paused gate was overridden')
  const { released, pending, waiting } = done
  return { status: 'success' as const, wave_id, asked: count, released, pending, waiting }
}

/** ms that a release may take with those before it. */
const LONGEST_MS = 120_000

/** Most releases that wait for their turn: waves go one at a time. */
const WAITING = 64

export const releaseRoute = (app: FastifyInstance, deps: ReleaseDeps) => {
  const turn = mutex(WAITING)
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/release',
      operationId: 'releaseWave',
      summary: 'Release those who stand first, as a wave',
      auth: key('waitlist:write'),
      body: ReleaseBody,
      replies: [201, ReleaseReply],
      errors: [invitesPaused, overloaded],
      idempotent: true,
    },
    async (asked) => {
      setIdleTimeout(asked.reply, LONGEST_MS)
      const order = orderOf(asked, deps)
      const audit = auditOf(asked, asked.body.reason)
      const act = storingReply(async (connection) =>
        answerOf(order, await release(connection ?? deps.db, order, audit), asked.request),
      )
      const answer = await deps.once(asked, { ...act, mutex: turn })
      if (answer.pending > 0) deps.moveMembers()
      return answer
    },
  )
}
