import { visitor } from '@vobee/shared/auth/callers'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { GivenCode } from '../codes/code-format.ts'
import { codeStatuses } from '../codes/code-status.ts'
import { type FoundCode, findCode, freeUses } from '../codes/find-code.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { tooManyGuesses } from '../errors.ts'
import { redeemErrors } from './redeem-errors.ts'

const ValidateReply = z.object({
  is_valid: z.boolean(),
  code: z.string(),
  status: z.enum(codeStatuses).nullable().describe('Null for an unknown code.'),
  reason: z
    .string()
    .nullable()
    .describe('Why the code is not valid: the error code with which redeeming it would fail.'),
  remaining_uses: z.int().nullable().describe('Null: unlimited. 0 if the code is not valid.'),
  expires_at: z.iso.datetime().nullable().describe('Null: never.'),
})

const unknown = (code: string) => ({
  is_valid: false,
  code,
  status: null,
  reason: redeemErrors.unknown.code,
  remaining_uses: 0,
  expires_at: null,
})

const errorOf = ({ status, uses_free }: FoundCode) => {
  if (status !== 'active') return redeemErrors[status]
  return uses_free === 0 ? redeemErrors.reserved : null
}

export const validateRoute = (app: FastifyInstance, { db, limitGuesses }: RouteDeps) =>
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
      errors: [tooManyGuesses, overloaded],
    },
    async ({ body, request }) => {
      const found = await limitGuesses(request, async (countWrong) => {
        const code = await findCode(db, body.code)
        if (!code) countWrong()
        return code
      })
      if (!found) return unknown(body.code)
      const { code, status, expires_at } = found
      const error = errorOf(found)
      return {
        is_valid: error === null,
        code,
        status,
        reason: error?.code ?? null,
        remaining_uses: freeUses(found),
        expires_at,
      }
    },
  )
