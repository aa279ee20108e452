import { randomUUID } from 'node:crypto'
import { type Caller, callerName, key } from '@vobee/shared/auth/callers'
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
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { EntryFilter, searchOf } from '../entries/filter.ts'
import { release } from './release.ts'
import type { WaveOrder } from './select.ts'

const ReleaseBody = z
  .strictObject({
    count: z.int().min(1).max(1_000_000),
    filter: EntryFilter.optional().describe('Releases only matching entries.'),
    override_gate: overrideMembers.override_gate,
    reason: text(500).optional().describe('Stored with the wave. Required with override_gate.'),
  })
  .refine((given) => given.override_gate !== true || given.reason !== undefined, {
    path: ['reason'],
    message: 'is required with override_gate',
    when: ({ value }) => typeof value === 'object' && value !== null,
  })
type ReleaseBody = z.infer<typeof ReleaseBody>

const ReleaseReply = z
  .object({
    status: z.literal('success'),
    wave_id: z.uuid(),
    asked: z.int().describe('The requested number of entries.'),
    released: z.int().describe('Fewer than asked if fewer entries match.'),
    pending: z
      .int()
      .describe('Released entries that still hold their position: a large wave takes time.'),
    waiting: z.int().describe('Entries that wait after the release.'),
  })
  .meta({ id: 'ReleasedWave' })

export type ReleaseDeps = {
  db: Database
  personKey: PersonKey
  maxGateAge: () => number | null
  idempotent: Idempotent
  /** Starts to move the members of a large wave. */
  moveMembers: () => void
}

const orderOf = (body: ReleaseBody, caller: Caller, deps: ReleaseDeps): WaveOrder => ({
  wave_id: randomUUID(),
  count: body.count,
  search: searchOf(body.filter ?? {}, deps.personKey),
  by: callerName(caller),
  reason: body.reason ?? null,
  override_reason: overrideReason(caller, body),
  maxGateAge: deps.maxGateAge(),
})

/** Longest time, in ms, of a release and the releases before it. */
const TIMEOUT_MS = 120_000

/** Most releases that run or wait: they run one at a time. */
const WAITING = 64

export const releaseRoute = (app: FastifyInstance, deps: ReleaseDeps) => {
  const { db, idempotent, moveMembers } = deps
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/release',
      operationId: 'releaseWave',
      summary: 'Release the first waiting entries as a wave',
      auth: key('waitlist:write'),
      body: ReleaseBody,
      replies: [201, ReleaseReply],
      errors: [invitesPaused, overloaded],
      idempotent: true,
    },
    async (input) => {
      const { body, caller, request } = input
      setIdleTimeout(input.reply, TIMEOUT_MS)
      const order = orderOf(body, caller, deps)
      const { wave_id, count } = order
      const action = storingReply(async (connection) => {
        const wave = await release(connection ?? db, order, auditOf(input, body.reason))
        if (wave.outcome === 'paused') throw pausedError(wave.reasons)
        if (!wave.gate_open) request.log.warn({ caller, wave_id }, 'a paused gate was overridden')
        const { released, pending, waiting } = wave
        return { status: 'success' as const, wave_id, asked: count, released, pending, waiting }
      })
      const reply = await idempotent(input, { ...action, mutex: oneAtATime })
      if (reply.pending > 0) moveMembers()
      return reply
    },
  )
}
