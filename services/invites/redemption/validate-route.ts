import { visitor } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { GivenCode } from '../codes/code-format.ts'
import { codeStatuses } from '../codes/code-status.ts'
import { findCode } from '../codes/find-code.ts'
import type { LookupDeps } from '../codes/status-route.ts'
import { tooManyGuesses } from '../errors.ts'
import { refusals } from './redeem-errors.ts'

const ValidateReply = z.object({
  is_valid: z.boolean(),
  code: z.string(),
  status: z.enum(codeStatuses).nullable().describe('Null for an unknown code.'),
  reason: z
    .string()
    .nullable()
    .describe('Why it is not valid, in the word that redeeming it would be refused with.'),
  remaining_uses: z.int().nullable().describe('Null: unlimited. 0 when the code is not valid.'),
  expires_at: z.iso.datetime().nullable().describe('Null: never.'),
})

const unknown = (code: string) => ({
  is_valid: false,
  code,
  status: null,
  reason: refusals.unknown.code,
  remaining_uses: 0,
  expires_at: null,
})

export const validateRoute = (app: FastifyInstance, { db, guesses }: LookupDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/validate',
      operationId: 'validateCode',
      summary: 'Check a code without using it',
      auth: visitor,
      body: z.strictObject({ code: GivenCode }),
      replies: [200, ValidateReply],
      errors: [tooManyGuesses],
    },
    async ({ body, request }) => {
      guesses.check(request)
      const found = await findCode(db, body.code)
      if (!found) {
        guesses.wrong(request)
        return unknown(body.code)
      }
      const { code, status, uses_free, expires_at } = found
      const refusal =
        status !== 'active' ? refusals[status] : uses_free === 0 ? refusals.reserved : null
      return {
        is_valid: refusal === null,
        code,
        status,
        reason: refusal?.code ?? null,
        remaining_uses: refusal ? 0 : uses_free,
        expires_at,
      }
    },
  )
