import { key } from '@vobee/shared/auth/callers'
import type { Database, Transaction } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency'
import { invitesPaused, overrideReason, pausedError } from '@vobee/shared/gate'
import { exportTypes } from '@vobee/shared/http/export'
import { type RouteInput, route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { CodesReply, streamCodes } from '../batches/code-stream.ts'
import type { CodeFormat } from '../codes/code-format.ts'
import { findBatch } from '../codes/find-code.ts'
import { batchExists, codeExists } from '../errors.ts'
import { GenerateBody } from './generate-body.ts'
import { type Issued, issue, type Order } from './issue.ts'

export type GenerateDeps = {
  db: Database
  personKey: PersonKey
  format: CodeFormat
  /** After how many days a code expires that says nothing else. */
  days: number
  patience: () => number | null
  once: Idempotent
}

/** A million codes take five seconds, on a slow disk many more. */
const LONGEST_MS = 60_000

type Asking = Pick<
  RouteInput<undefined, undefined, typeof GenerateBody>,
  'body' | 'caller' | 'request' | 'reply'
>

// Fastify's own `request.signal` is aborted as soon as the body was read.
const untilGone = ({ raw }: FastifyReply): AbortSignal => {
  const leaving = new AbortController()
  raw.once('close', () => leaving.abort())
  return leaving.signal
}

const personOf = (creator: string | undefined, personKey: PersonKey) => {
  const address = Email.safeParse(creator)
  return address.success ? personKey(address.data) : null
}

const orderOf = ({ body, caller, request, reply }: Asking, deps: GenerateDeps): Order => ({
  size: body.batch_size,
  batch_id: body.batch_id ?? null,
  max_uses: body.max_uses,
  expiry:
    body.expires_at === undefined
      ? { days: body.expires_in_days ?? deps.days }
      : { at: body.expires_at },
  recipient: body.issued_to
    ? { email: body.issued_to, person: deps.personKey(body.issued_to) }
    : null,
  created_by: body.created_by ?? (caller.kind === 'key' ? caller.name : caller.kind),
  creator_person: personOf(body.created_by, deps.personKey),
  metadata: body.metadata ?? {},
  format: { ...deps.format, ...(body.prefix ? { prefix: body.prefix } : {}) },
  own_code: body.code ?? null,
  override_reason: overrideReason(caller, body),
  patience: deps.patience(),
  audit: auditOf({ caller, request }, body.reason),
  signal: untilGone(reply),
})

const refuse = (issued: Exclude<Issued, { outcome: 'issued' }>) => {
  if (issued.outcome === 'paused') return pausedError(issued.reasons)
  return issued.outcome === 'batch_exists' ? batchExists() : codeExists()
}

const generate = async (asked: Asking, deps: GenerateDeps, connection: Transaction | null) => {
  const issued = await issue(connection ?? deps.db, orderOf(asked, deps))
  if (issued.outcome !== 'issued') throw refuse(issued)
  const { batch, gate_open } = issued
  const { caller, log } = asked.request
  if (!gate_open) log.warn({ caller, batch_id: batch.batch_id }, 'a paused gate was overridden')
  return batch
}

export const generateRoute = (app: FastifyInstance, deps: GenerateDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/generate',
      operationId: 'generateCodes',
      summary: 'Generate a batch of codes',
      auth: key('invites:write'),
      body: GenerateBody,
      replies: [201, CodesReply],
      streams: exportTypes,
      errors: [batchExists, codeExists, invitesPaused],
      idempotent: true,
    },
    async (asked) => {
      setIdleTimeout(asked.reply, LONGEST_MS)
      const batch = await deps.once(asked, {
        run: (connection) => generate(asked, deps, connection),
        serialize: (made) => made.batch_id,
        replay: (batchId) => findBatch(deps.db, batchId),
      })
      return streamCodes(asked.reply, deps.db, batch)
    },
  )
