import { visitor } from '@vobee/shared/auth/callers'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { invalidCode, tooManyGuesses } from '../errors.ts'
import { GivenCode } from './code-format.ts'
import { codeStatuses } from './code-status.ts'
import { findCode } from './find-code.ts'
import type { RouteDeps } from './route-deps.ts'

const StatusReply = z
  .object({
    valid: z.boolean(),
    expires_at: z.iso.datetime().nullable().describe('Null: never.'),
    used: z.boolean().describe('Whether no uses are left.'),
    status: z.enum(codeStatuses),
  })
  .meta({ id: 'CodeStatus' })

export const codeStatusRoute = (app: FastifyInstance, { db, limitGuesses }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/:code/status',
      operationId: 'getCodeStatus',
      summary: 'Get the status of a code',
      auth: visitor,
      params: z.strictObject({ code: GivenCode }),
      replies: [200, StatusReply],
      errors: [invalidCode, tooManyGuesses, overloaded],
    },
    async ({ params, request }) => {
      const found = await limitGuesses(request, async (countWrong) => {
        const code = await findCode(db, params.code)
        if (!code) countWrong()
        return code
      })
      if (!found) throw invalidCode()
      const { status, expires_at, uses_left } = found
      return { valid: status === 'active', expires_at, used: uses_left === 0, status }
    },
  )
