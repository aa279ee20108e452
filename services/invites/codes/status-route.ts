import { visitor } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { invalidCode, tooManyGuesses } from '../errors.ts'
import { GivenCode } from './code-format.ts'
import { codeStatuses } from './code-status.ts'
import { findCode } from './find-code.ts'
import type { GuessLimit } from './guess-limit.ts'

const StatusReply = z.object({
  valid: z.boolean(),
  expires_at: z.iso.datetime().nullable().describe('Null: never.'),
  used: z.boolean().describe('Whether no use is left.'),
  status: z.enum(codeStatuses),
})

export type LookupDeps = { db: Database; guesses: GuessLimit }

export const statusRoute = (app: FastifyInstance, { db, guesses }: LookupDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/:code/status',
      operationId: 'getCodeStatus',
      summary: 'How a code stands',
      auth: visitor,
      params: z.strictObject({ code: GivenCode }),
      replies: [200, StatusReply],
      errors: [invalidCode, tooManyGuesses],
    },
    async ({ params, request }) => {
      guesses.check(request)
      const found = await findCode(db, params.code)
      if (!found) {
        guesses.wrong(request)
        throw invalidCode()
      }
      const { status, expires_at, uses_left } = found
      return { valid: status === 'active', expires_at, used: uses_left === 0, status }
    },
  )
