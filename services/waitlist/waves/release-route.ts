import { randomUUID } from 'node:crypto'
import { authorize, callerName, key } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import type { Database, Transactable } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { invitesPaused, overrideReason, pausedError } from '@vobee/shared/gate'
import { findTimeError } from '@vobee/shared/http/coming-year'
import { overloaded } from '@vobee/shared/http/problem'
import { type RouteInput, route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { searchOf } from '../entries/filter.ts'
import type { Named, Skipped } from './named.ts'
import { previewRelease } from './preview.ts'
import { release } from './release.ts'
import { namesIn, ReleaseBody } from './release-body.ts'
import { dryRunReply, ReleaseReply } from './release-reply.ts'
import { scheduleWave } from './schedule.ts'
import type { WaveOrder } from './select.ts'

export type ReleaseDeps = {
  db: Database
  personKey: PersonKey
  maxGateAge: () => number | null
  idempotent: Idempotent
  /** Starts to release the rest of a large wave. */
  continueWaves: () => void
}

type Input = RouteInput<undefined, undefined, typeof ReleaseBody>

const namedIn = ({ ids }: ReleaseBody, values: readonly string[]): Named | null =>
  values.length === 0 ? null : { by: ids ? 'id' : 'person', values }

const orderOf = ({ body, caller }: Input, deps: ReleaseDeps): WaveOrder => {
  const values = [...namesIn(body, deps.personKey).keys()]
  return {
    wave_id: randomUUID(),
    count: body.count ?? values.length,
    search: searchOf(body.filter ?? {}, deps.personKey),
    named: namedIn(body, values),
    expires_in_days: body.expires_in_days ?? null,
    by: callerName(caller),
    reason: body.reason ?? null,
    override_reason: overrideReason(caller, body),
    maxGateAge: deps.maxGateAge(),
  }
}

/** Releases or schedules the wave. The result is stored: it names entries by their index. */
const releaseWave = async (db: Transactable, order: WaveOrder, input: Input) => {
  const { body, caller, request } = input
  const { wave_id, count } = order
  const audit = auditOf(input, body.reason)
  const common = { status: 'success' as const, wave_id, asked: count }
  if (body.at) {
    const scheduled = await scheduleWave(db, order, { at: body.at, audit })
    return { ...common, state: 'scheduled' as const, released: 0, pending: 0, ...scheduled }
  }
  const wave = await release(db, order, audit)
  if (wave.outcome === 'paused') throw pausedError(wave.reasons)
  if (!wave.gate_open) request.log.warn({ caller, wave_id }, 'a paused gate was overridden')
  const { released, pending, waiting, skipped } = wave
  const state = pending > 0 ? ('releasing' as const) : ('released' as const)
  return { ...common, state, release_at: null, released, pending, waiting, skipped }
}

/** Longest time, in ms, of a release and the releases before it. */
const TIMEOUT_MS = 120_000

/** Most releases that run or wait: they run one at a time. */
const WAITING = 64

/** A thousand addresses of 254 bytes. */
const BODY_BYTES = 300_000

export const releaseRoute = (app: FastifyInstance, deps: ReleaseDeps) => {
  const { db, idempotent, continueWaves, personKey } = deps
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/release',
      operationId: 'releaseWave',
      summary: 'Release waiting entries as a wave, now or at a time: the first ones, or named ones',
      auth: key('waitlist:write'),
      body: ReleaseBody,
      bodyLimit: BODY_BYTES,
      examples: { body: { count: 50, filter: { persona: 'agency' } } },
      replies: [201, ReleaseReply],
      anotherReply: dryRunReply,
      errors: [invitesPaused, overloaded],
      idempotent: true,
    },
    async (input) => {
      setIdleTimeout(input.reply, TIMEOUT_MS)
      const order = orderOf(input, deps)
      const timeError = findTimeError('at', input.body.at)
      const names = [...namesIn(input.body, personKey).values()]
      const nameSkipped = (skipped: Skipped[]) =>
        skipped.map(({ index, reason }) => ({ ...names[index], reason }))
      if (input.body.dry_run) {
        authorize(input.caller, key('waitlist:read'))
        if (timeError) throw timeError
        const { skipped, ...preview } = await previewRelease(db, order)
        const asked = { status: 'success' as const, dry_run: true as const, asked: order.count }
        return dryRunReply.of({ ...asked, ...preview, skipped: nameSkipped(skipped) })
      }
      const action = storingReply(async (connection) => {
        if (timeError) throw timeError
        return releaseWave(connection ?? db, order, input)
      })
      // A record of version 0.2.0 lacks some members.
      const {
        skipped = [],
        state = 'released',
        release_at = null,
        ...reply
      } = await idempotent(input, { ...action, mutex: oneAtATime })
      if (reply.pending > 0) continueWaves()
      return { ...reply, state, release_at, skipped: nameSkipped(skipped) }
    },
  )
}
