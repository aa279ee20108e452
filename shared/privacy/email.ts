// What an address is, when two are the same person's, and how a person is named elsewhere.
import { createHmac, createSecretKey } from 'node:crypto'
import { domainToASCII } from 'node:url'
import { z } from 'zod'

const MAX_BYTES = 254

const toAscii = (address: string): string => {
  const at = address.lastIndexOf('@')
  if (at < 1) return address
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`
}

const deliverable = z.email()

// `domainToASCII` drops tabs and line ends, decodes escapes and stops at / ? # \: what it makes of
// a text is an address although the text is none.
const domain = /@[\p{L}\p{M}\p{N}.-]+$/u

const isAddress = (value: string): boolean =>
  Buffer.byteLength(value) <= MAX_BYTES &&
  domain.test(value) &&
  deliverable.safeParse(toAscii(value)).success

/** An e-mail address: trimmed, at most 254 bytes, international domains allowed; kept as given. */
export const Email = z
  .string()
  .trim()
  .max(MAX_BYTES, `must have at most ${MAX_BYTES} characters`)
  .refine(isAddress, 'must be an e-mail address')
  .meta({ format: 'email' })

const gmail = new Set(['gmail.com', 'googlemail.com'])

/**
 * The canonical key of an address: lower case, ASCII domain, no plus-tag, Gmail without dots and
 * under one name. Two addresses with the same key are one person. Takes a checked `Email`.
 */
export const canonicalEmail = (address: string): string => {
  const ascii = toAscii(address.trim()).toLowerCase()
  const at = ascii.lastIndexOf('@')
  const domain = ascii.slice(at + 1)
  const mailbox = ascii.slice(0, at)
  const plus = mailbox.indexOf('+')
  const untagged = plus > 0 ? mailbox.slice(0, plus) : mailbox
  return gmail.has(domain) ? `${untagged.replaceAll('.', '')}@gmail.com` : `${untagged}@${domain}`
}

/**
 * Names a person wherever the address itself is not needed: HMAC-SHA-256 of the canonical
 * address under `PERSON_KEY_SECRET`, as 43 characters of base64url.
 */
export type PersonKey = (address: string) => string

export const personKeys = (secret: string): PersonKey => {
  const key = createSecretKey(secret, 'utf8')
  return (address) => createHmac('sha256', key).update(canonicalEmail(address)).digest('base64url')
}
