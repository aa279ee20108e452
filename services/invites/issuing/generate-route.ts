import { callerName, key } from '@vobee/shared/auth/callers'
import type { Transaction } from '@vobee/shared/data/database'
import { invitesPaused, overrideReason, pausedError } from '@vobee/shared/gate'
import { exportTypes } from '@vobee/shared/http/export'
import { type RouteInput, route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { findBatch } from '../batches/batch-codes.ts'
import { GeneratedReply, streamCodes } from '../batches/code-stream.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { batchExists, codeExists } from '../errors.ts'
import { GenerateBody } from './generate-body.ts'
import { type Issued, type IssueRequest, issueBatch } from './issue.ts'

/** ms: generating a million codes takes five seconds, on a slow disk many more. */
const GENERATE_MS = 60_000

type GenerateInput = RouteInput<undefined, undefined, typeof GenerateBody>

// Fastify's `request.signal` is aborted as soon as the body has been read.
const disconnection = ({ raw }: FastifyReply): AbortSignal => {
  const controller = new AbortController()
  raw.once('close', () => controller.abort())
  return controller.signal
}

const requestOf = (
  { body, caller, request, reply }: GenerateInput,
  { personKey, terms, maxGateAge }: RouteDeps,
): IssueRequest => ({
  size: body.batch_size,
  batch_id: body.batch_id ?? null,
  max_uses: body.max_uses,
  expiry:
    body.expires_at === undefined
      ? { days: body.expires_in_days ?? terms.days }
      : { at: body.expires_at },
  recipient: body.issued_to ? { email: body.issued_to, person: personKey(body.issued_to) } : null,
  mail: body.mail ?? true,
  created_by: body.created_by ?? callerName(caller),
  metadata: body.metadata ?? {},
  format: { ...terms.format, ...(body.prefix ? { prefix: body.prefix } : {}) },
  custom_code: body.code ?? null,
  override_reason: overrideReason(caller, body),
  maxGateAge: maxGateAge(),
  audit: auditOf({ caller, request }, body.reason),
  signal: disconnection(reply),
})

const errorOf = (issued: Exclude<Issued, { outcome: 'issued' }>) => {
  if (issued.outcome === 'paused') return pausedError(issued.reasons)
  return issued.outcome === 'batch_exists' ? batchExists() : codeExists()
}

const generate = async (input: GenerateInput, deps: RouteDeps, connection: Transaction | null) => {
  const issued = await issueBatch(connection ?? deps.db, requestOf(input, deps))
  if (issued.outcome !== 'issued') throw errorOf(issued)
  const { batch, gate_open } = issued
  const { caller, log } = input.request
  if (!gate_open) log.warn({ caller, batch_id: batch.batch_id }, 'a paused gate was overridden')
  return batch
}

export const generateRoute = (app: FastifyInstance, deps: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/generate',
      operationId: 'generateCodes',
      summary: 'Generate a batch of codes',
      auth: key('invites:write'),
      body: GenerateBody,
      replies: [201, GeneratedReply],
      streams: exportTypes,
      errors: [batchExists, codeExists, invitesPaused],
      idempotent: true,
    },
    async (input) => {
      setIdleTimeout(input.reply, GENERATE_MS)
      const batch = await deps.idempotent(input, {
        run: (connection) => generate(input, deps, connection),
        serialize: ({ batch_id }) => batch_id,
        replay: (batchId) => findBatch(deps.db, batchId),
      })
      return streamCodes(input.reply, deps.db, batch)
    },
  )
