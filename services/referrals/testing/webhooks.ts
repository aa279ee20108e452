// Signed webhooks of tests, as payment systems send them.
import { createHmac, randomUUID } from 'node:crypto'

export const STRIPE_SECRET = 'whsec_0123456789abcdef0123456789abcdef'
export const STANDARD_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

type Options = { secret?: string; secondsAgo?: number; id?: string }

const timestampOf = (secondsAgo: number) => String(Math.floor(Date.now() / 1000) - secondsAgo)

const json = { 'content-type': 'application/json' }

/** Returns the headers that Stripe sends with a body. */
export const signStripe = (
  body: string | Buffer,
  { secret = STRIPE_SECRET, secondsAgo = 0 }: Options = {},
) => {
  const t = timestampOf(secondsAgo)
  const v1 = createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex')
  return { ...json, 'stripe-signature': `t=${t},v1=${v1}` }
}

/** Returns the headers of Standard Webhooks for a body. */
export const signStandard = (
  body: string | Buffer,
  { secret = STANDARD_SECRET, secondsAgo = 0, id = randomUUID() }: Options = {},
) => {
  const timestamp = timestampOf(secondsAgo)
  const signed = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`${id}.${timestamp}.`)
    .update(body)
  return {
    ...json,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signed.digest('base64')}`,
  }
}

/** Returns an event of Stripe. */
export const stripeEvent = (
  object: object,
  { type = 'checkout.session.completed', ...more }: { type?: string; [name: string]: unknown } = {},
) => ({
  id: `evt_${randomUUID()}`,
  object: 'event',
  type,
  created: Math.floor(Date.now() / 1000),
  ...more,
  data: { object: { payment_status: 'paid', ...object } },
})
