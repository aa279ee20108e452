// What the signature schemes of webhooks have in common: HMAC-SHA-256 over a time and the raw body.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Seconds by which the time of a signature may differ from now, in both directions. */
export const TOLERANCE_SECONDS = 300

/** What a signature is worth; `expired` only if it was valid at its time. */
export type Verdict = 'valid' | 'expired' | 'invalid'

/** A signature as it was received. */
export type Received = {
  /** Unix seconds, as text. */
  timestamp: string
  /** What is signed before the body. */
  prefix: string
  body: Uint8Array
  signatures: readonly Buffer[]
}

export const hmac = (key: Uint8Array, prefix: string, body: Uint8Array | string): Buffer =>
  createHmac('sha256', key).update(prefix).update(body).digest()

const equals = (one: Buffer, other: Buffer) =>
  one.length === other.length && timingSafeEqual(one, other)

/** Verifies that one of the keys made one of the signatures, less than five minutes ago. */
export const verifySignature = (
  { timestamp, prefix, body, signatures }: Received,
  keys: readonly Uint8Array[],
  now = Date.now(),
): Verdict => {
  if (!/^\d{1,12}$/.test(timestamp)) return 'invalid'
  const expected = keys.map((key) => hmac(key, prefix, body))
  const isValid = signatures.some((given) => expected.some((one) => equals(one, given)))
  if (!isValid) return 'invalid'
  return Math.abs(now / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS ? 'valid' : 'expired'
}
