import { type Caller, key } from '@vobee/shared/callers'
import type { Database } from '@vobee/shared/database'
import type { PersonKey } from '@vobee/shared/email'
import { invitesPaused, overrideReason, pausedBecause } from '@vobee/shared/gate'
import { route } from '@vobee/shared/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { CodeFormat } from '../code-format.ts'
import { batchExists, codeExists } from '../errors.ts'
import { GenerateBody } from '../generate-body.ts'
import { type Issued, issue, type Order } from '../queries/batches.ts'

const GenerateReply = z.object({
  status: z.literal('success'),
  batch_id: z.string(),
  generated: z.int().min(1),
  codes: z.array(z.string()),
})

export type GenerateDeps = {
  db: Database
  personKey: PersonKey
  format: CodeFormat
  /** After how many days a code expires that says nothing else. */
  days: number
  patience: () => number | null
}

const orderOf = (body: GenerateBody, caller: Caller, deps: GenerateDeps): Order => ({
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
  metadata: body.metadata ?? {},
  format: { ...deps.format, ...(body.prefix ? { prefix: body.prefix } : {}) },
  own_code: body.code ?? null,
  override_reason: overrideReason(caller, body),
  patience: deps.patience(),
})

const refuse = (issued: Exclude<Issued, { outcome: 'issued' }>) => {
  if (issued.outcome === 'paused') return pausedBecause(issued.reasons)
  return issued.outcome === 'batch_exists' ? batchExists() : codeExists()
}

export const generateRoute = (app: FastifyInstance, deps: GenerateDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/generate',
      summary: 'Generate a batch of codes',
      admits: key('invites:write'),
      body: GenerateBody,
      replies: [201, GenerateReply],
      refuses: [batchExists, codeExists, invitesPaused],
    },
    async ({ body, caller, request }) => {
      const issued = await issue(deps.db, orderOf(body, caller, deps))
      if (issued.outcome !== 'issued') throw refuse(issued)
      const { batch_id, codes, gate_open } = issued
      if (!gate_open) request.log.warn({ caller, batch_id }, 'a paused gate was overridden')
      return { status: 'success' as const, batch_id, generated: codes.length, codes }
    },
  )
