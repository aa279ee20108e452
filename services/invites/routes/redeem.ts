import { visitor } from '@vobee/shared/callers'
import type { Database } from '@vobee/shared/database'
import { Email, type PersonKey } from '@vobee/shared/email'
import { gather } from '@vobee/shared/gather'
import { overloaded } from '@vobee/shared/problem'
import { route } from '@vobee/shared/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { GivenCode } from '../code-format.ts'
import { type NewUse, redeem } from '../queries/uses.ts'
import { refusals } from '../refusals.ts'

export const RedeemBody = z.strictObject({ code: GivenCode, email: Email })

const message = 'Invite code redeemed successfully' as const

const RedeemReply = z.object({
  status: z.literal('success'),
  message: z.literal(message),
  email: z.string(),
})

export type RedeemDeps = { db: Database; personKey: PersonKey }

export const redeemRoute = (app: FastifyInstance, { db, personKey }: RedeemDeps) => {
  const redeemTogether = gather((uses: readonly NewUse[]) => redeem(db, uses))
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/redeem',
      summary: 'Redeem a code',
      admits: visitor,
      body: RedeemBody,
      replies: [200, RedeemReply],
      refuses: [...Object.values(refusals), overloaded],
    },
    async ({ body: { code, email } }) => {
      const outcome = await redeemTogether({ code, email, person: personKey(email) })
      if (outcome !== 'redeemed') throw refusals[outcome]()
      return { status: 'success' as const, message, email }
    },
  )
}
