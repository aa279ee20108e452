import { visitor } from '@vobee/shared/auth/callers'
import { batch } from '@vobee/shared/data/batch'
import type { Database, Transaction } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { GivenCode } from '../codes/code-format.ts'
import type { GuessLimit } from '../codes/guess-limit.ts'
import { tooManyGuesses } from '../errors.ts'
import { type NewUse, type Redemption, redeem } from './redeem.ts'
import { faultOf, refusals } from './redeem-errors.ts'

export const RedeemBody = z.strictObject({ code: GivenCode, email: Email })

export const message = 'Invite code redeemed successfully' as const

export const RedeemReply = z.object({
  status: z.literal('success'),
  message: z.literal(message),
  email: z.string(),
})

export type RedeemDeps = { db: Database; personKey: PersonKey; once: Idempotent }

// Whoever tries addresses on a code that is somebody else's guesses as well.
const isWrongGuess = (outcome: Redemption) => outcome === 'unknown' || outcome === 'not_yours'

export const redeemRoute = (
  app: FastifyInstance,
  { db, personKey, once, guesses }: RedeemDeps & { guesses: GuessLimit },
) => {
  const redeemTogether = batch((uses: readonly NewUse[]) => redeem(db, uses))
  const redeemOn = async (connection: Transaction | null, use: NewUse, request: FastifyRequest) => {
    const [outcome = 'unknown'] = connection
      ? await redeem(connection, [use])
      : [await redeemTogether(use)]
    if (isWrongGuess(outcome)) guesses.wrong(request)
    if (outcome !== 'redeemed') throw await faultOf(connection ?? db, outcome, use.code)
    return { status: 'success' as const, message, email: use.email }
  }
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/redeem',
      operationId: 'redeemCode',
      summary: 'Redeem a code',
      auth: visitor,
      body: RedeemBody,
      replies: [200, RedeemReply],
      errors: [...Object.values(refusals), tooManyGuesses, overloaded],
      idempotent: true,
    },
    async (asked) => {
      const { code, email } = asked.body
      guesses.check(asked.request)
      const use = { code, email, person: personKey(email) }
      return once(asked, {
        run: (connection) => redeemOn(connection, use, asked.request),
        serialize: () => null,
        replay: () => ({ status: 'success' as const, message, email }),
      })
    },
  )
}
