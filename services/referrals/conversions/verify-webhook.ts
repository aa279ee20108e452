// The credential of a webhook is its signature, by one of two schemes.
import type { IncomingHttpHeaders } from 'node:http'
import type { Verdict } from '@vobee/shared/webhooks/signature'
import { verifyStandard } from '@vobee/shared/webhooks/standard-webhooks'
import { verifyStripe } from '@vobee/shared/webhooks/stripe-signature'
import { webhookExpired, webhookOff, webhookSignatureInvalid } from '../errors.ts'

export type WebhookSecrets = { standard: readonly string[]; stripe: readonly string[] }

type Settings = {
  CONVERSION_WEBHOOK_SECRET: readonly string[]
  STRIPE_WEBHOOK_SECRET: readonly string[]
}

export const webhookSecrets = (settings: Settings): WebhookSecrets => ({
  standard: settings.CONVERSION_WEBHOOK_SECRET,
  stripe: settings.STRIPE_WEBHOOK_SECRET,
})

export type Scheme = 'standard' | 'stripe'

const settingOf = {
  standard: 'CONVERSION_WEBHOOK_SECRET',
  stripe: 'STRIPE_WEBHOOK_SECRET',
} as const

const signatureHeaders = 'webhook-id, webhook-timestamp and webhook-signature, or stripe-signature'

const challenge = { headers: { 'www-authenticate': 'Signature' } }

const header = (headers: IncomingHttpHeaders, name: string) => String(headers[name] ?? '')

export const webhookId = (headers: IncomingHttpHeaders) => header(headers, 'webhook-id')

export const schemeOf = (headers: IncomingHttpHeaders): Scheme =>
  'stripe-signature' in headers ? 'stripe' : 'standard'

const verdictOf = (
  scheme: Scheme,
  headers: IncomingHttpHeaders,
  { body, secrets }: { body: Uint8Array; secrets: readonly string[] },
): Verdict => {
  if (scheme === 'stripe') return verifyStripe(header(headers, 'stripe-signature'), body, secrets)
  const signed = {
    'webhook-id': webhookId(headers),
    'webhook-timestamp': header(headers, 'webhook-timestamp'),
    'webhook-signature': header(headers, 'webhook-signature'),
  }
  return verifyStandard(signed, body, secrets)
}

/**
 * Verifies that a webhook was signed with one of the secrets of its scheme.
 * @throws webhookOff (404), webhookSignatureInvalid, webhookExpired (401)
 */
export const verifyWebhook = (
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  secrets: WebhookSecrets,
): void => {
  const scheme = schemeOf(headers)
  const isSigned = scheme === 'stripe' || 'webhook-signature' in headers
  const isOn = isSigned ? secrets[scheme].length > 0 : Object.values(secrets).flat().length > 0
  if (!isOn) throw webhookOff(`This webhook is off. Set ${settingOf[scheme]} to turn it on.`)
  if (!isSigned) throw webhookSignatureInvalid(`Send the headers ${signatureHeaders}.`, challenge)
  const verdict = verdictOf(scheme, headers, { body, secrets: secrets[scheme] })
  if (verdict === 'expired') throw webhookExpired(undefined, challenge)
  if (verdict === 'invalid') throw webhookSignatureInvalid(undefined, challenge)
}
