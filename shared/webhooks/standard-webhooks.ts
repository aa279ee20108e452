// Standard Webhooks (https://www.standardwebhooks.com) with symmetric signatures: the scheme of
// webhooks that we receive and of those that we send. The library of that name brings its own SHA-256.
import { z } from 'zod'
import { hmac, type Verdict, verifySignature } from './signature.ts'

const PREFIX = 'whsec_'

const keyOf = (secret: string): Buffer => Buffer.from(secret.slice(PREFIX.length), 'base64')

const isSecret = (text: string) => {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)) return false
  const { length } = keyOf(text)
  return length >= 24 && length <= 64
}

/** A secret: `whsec_` and the base64 of 24 to 64 bytes. */
export const standardSecret = z
  .string()
  .refine(isSecret, 'must be whsec_ and the base64 of 24 to 64 bytes')

export type StandardHeaders = {
  'webhook-id': string
  /** Unix seconds. */
  'webhook-timestamp': string
  /** `v1,<base64>`, one or several with spaces between them. */
  'webhook-signature': string
}

type Message = { id: string; at: Date; body: string }

const prefixOf = (id: string, timestamp: string) => `${id}.${timestamp}.`

/** Returns the headers of a webhook, signed with each of the secrets. */
export const signStandard = (
  { id, at, body }: Message,
  secrets: readonly string[],
): StandardHeaders => {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signed = secrets.map((secret) => hmac(keyOf(secret), prefixOf(id, timestamp), body))
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signed.map((one) => `v1,${one.toString('base64')}`).join(' '),
  }
}

/** Verifies the headers and the raw body of a webhook with any of the secrets. */
export const verifyStandard = (
  headers: StandardHeaders,
  body: Uint8Array,
  secrets: readonly string[],
): Verdict => {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers
  if (id === '') return 'invalid'
  const given = headers['webhook-signature'].split(' ').filter((one) => one.startsWith('v1,'))
  const signatures = given.map((one) => Buffer.from(one.slice('v1,'.length), 'base64'))
  const received = { timestamp, prefix: prefixOf(id, timestamp), body, signatures }
  return verifySignature(received, secrets.map(keyOf))
}
