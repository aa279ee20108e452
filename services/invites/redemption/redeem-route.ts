import { type Caller, visitor } from '@vobee/shared/auth/callers'
import type { Queryable, Transactable } from '@vobee/shared/data/database'
import type { BatchedAction } from '@vobee/shared/data/idempotency/idempotency'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { Email } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { GivenCode } from '../codes/code-format.ts'
import { findCode, freeUses } from '../codes/find-code.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { tooManyGuesses } from '../errors.ts'
import { type NewUse, type Redemption, redeem } from './redeem.ts'
import { redeemError, redeemErrors } from './redeem-errors.ts'

const RedeemBody = z.strictObject({ code: GivenCode, email: Email })

const message = 'Invite code redeemed successfully' as const

export const RedeemReply = z.object({
  status: z.literal('success'),
  message: z.literal(message),
  email: z.string(),
  remaining_uses: z
    .int()
    .nullable()
    .optional()
    .describe('For a key: the uses that are free now, as `validate` returns them.'),
})

type RedeemReply = z.infer<typeof RedeemReply>

/** What a key learns besides the documented members. */
export type Remaining = Pick<RedeemReply, 'remaining_uses'>

export const redeemed = (email: string, remaining: Remaining = {}): RedeemReply => ({
  status: 'success',
  message,
  email,
  ...remaining,
})

/** Returns what the record of an `Idempotency-Key` may store of a reply. */
export const remainingOf = ({ status, message, email, ...rest }: RedeemReply): Remaining => rest

/** Returns the free uses of a code for a key, nothing for others. */
export const remainingFor = async (
  caller: Caller,
  db: Queryable,
  code: string,
): Promise<Remaining> => {
  const found = caller.kind === 'key' ? await findCode(db, code) : null
  return found ? { remaining_uses: freeUses(found) } : {}
}

// Trying addresses on a code that was issued to somebody is guessing, too.
const isWrongGuess = (outcome: Redemption) => outcome === 'unknown' || outcome === 'not_yours'

type Item = { use: NewUse; recordFor: Caller | null }
type Result = { outcome: Redemption; remaining: Remaining | null }

const recordedRedeem: BatchedAction<Item, Result, Remaining> = {
  run: async (on: Transactable, items) => {
    const outcomes = await redeem(
      on,
      items.map(({ use }) => use),
    )
    return Promise.all(
      items.map(async ({ use, recordFor }, n) => {
        const outcome = outcomes[n] ?? 'unknown'
        const isRecorded = outcome === 'redeemed' && recordFor
        return {
          outcome,
          remaining: isRecorded ? await remainingFor(recordFor, on, use.code) : null,
        }
      }),
    )
  },
  serialize: ({ remaining }) => remaining ?? undefined,
}

export const redeemRoute = (
  app: FastifyInstance,
  { db, personKey, idempotent, limitGuesses }: RouteDeps,
) => {
  const redeemInBatch = idempotent.batch(recordedRedeem)
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
      errors: [...Object.values(redeemErrors), tooManyGuesses, overloaded],
      idempotent: true,
    },
    async (input) => {
      const { code, email } = input.body
      const use = { code, email, person: personKey(email) }
      // A record needs the uses that remain in its transaction; without one nothing waits for them.
      const recordFor = input.idempotencyKey === null ? null : input.caller
      return limitGuesses(input.request, async (countWrong) => {
        const { outcome, remaining } = await redeemInBatch(input, { use, recordFor }, (stored) => ({
          outcome: 'redeemed',
          remaining: stored ?? {},
        }))
        if (isWrongGuess(outcome)) countWrong()
        if (outcome !== 'redeemed') throw await redeemError(db, outcome, code)
        return redeemed(email, remaining ?? (await remainingFor(input.caller, db, code)))
      })
    },
  )
}
