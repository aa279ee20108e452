// The signature scheme of Stripe's webhooks: https://docs.stripe.com/webhooks#verify-manually
import { z } from 'zod'
import { type Verdict, verifySignature } from './signature.ts'

/** The signing secret of an endpoint, as Stripe shows it. */
export const stripeSecret = z
  .string()
  .regex(/^whsec_[\x21-\x7e]{26,}$/, 'must begin with whsec_ and have 32 characters or more')

/** Verifies the header `Stripe-Signature`: `t=<Unix seconds>,v1=<hex>`, with several `v1` maybe. */
export const verifyStripe = (
  header: string,
  body: Uint8Array,
  secrets: readonly string[],
): Verdict => {
  const parts = header.split(',').map((part) => part.trim().split('=', 2))
  const valuesOf = (name: string) =>
    parts.flatMap(([key, value = '']) => (key === name ? [value] : []))
  const [timestamp = ''] = valuesOf('t')
  // `Buffer.from` ignores what follows the last pair of hex digits.
  const signatures = valuesOf('v1')
    .filter((hex) => /^[0-9a-f]{64}$/i.test(hex))
    .map((hex) => Buffer.from(hex, 'hex'))
  const keys = secrets.map((secret) => Buffer.from(secret))
  return verifySignature({ timestamp, prefix: `${timestamp}.`, body, signatures }, keys)
}
