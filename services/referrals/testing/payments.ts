// Requests about payments, and what they change.
import type { TestDatabase } from '@vobee/testing/database'
import { asAdmin } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { emailOf, type joiner, personOf, publisher } from './people.ts'
import { signStandard, signStripe, stripeEvent } from './webhooks.ts'

export type Headers = Record<string, string>

/** Returns an event of Stripe: the person has paid. */
export const session = (name: string) => stripeEvent({ customer_details: { email: emailOf(name) } })

const readReferral = `
  select referral.id, status, converted_at, paid_at
  from referrals.referrals as referral join referrals.members as member
    on member.id = referred_user_id where person = $1`

const sender =
  (app: () => FastifyInstance) =>
  async (payload: string | Buffer, headers: Headers, to = app()) => {
    const url = '/api/referrals/conversions/webhook'
    const reply = await to.inject({ method: 'POST', url, payload, headers })
    const { code, conversion } = reply.json()
    return [reply.statusCode, code ?? conversion]
  }

export const paymentsOf = (db: TestDatabase, app: () => FastifyInstance) => {
  const publish = publisher(db, app)
  const send = sender(app)
  const count = async (table: string): Promise<number> =>
    (await db.owner.query(`select count(*)::int from referrals.${table}`)).rows[0].count
  const referralOf = async (name: string) =>
    (await db.owner.query(readReferral, [personOf(emailOf(name))])).rows[0]
  return {
    publish,
    join: (...entries: ReturnType<typeof joiner>[]) => publish('waitlist.joined', { entries }),
    /** Returns the status, and the code of the error or what happened. */
    send,
    sendStripe: (event: object, options?: Parameters<typeof signStripe>[1]) => {
      const body = JSON.stringify(event)
      return send(body, signStripe(body, options))
    },
    sendStandard: (body: string, options?: Parameters<typeof signStandard>[1]) =>
      send(body, signStandard(body, options)),
    convert: async (referredUserId: string, headers: Headers = {}) => {
      const reply = await app().inject({
        method: 'POST',
        url: '/api/referrals/convert',
        headers: { ...asAdmin, ...headers },
        payload: { referredUserId },
      })
      return { status: reply.statusCode, ...reply.json() }
    },
    count,
    /** What is known of the referral of a person: status, and the times if they are known. */
    referralOf,
    /** How many rewards of free premium were granted. */
    countPremium: () => count(`user_rewards where reward_type = 'free_premium'`),
    isPaid: async (name: string) => (await referralOf(name))?.paid_at != null,
  }
}
