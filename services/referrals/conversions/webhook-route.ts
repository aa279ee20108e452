// The webhook by which the host's payment system reports payments.
import { isUtf8 } from 'node:buffer'
import { visitor } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import { type Database, type Transaction, transaction } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { malformedJson, overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ReferralTerms } from '../counting/refresh.ts'
import { unknownUser, webhookExpired, webhookOff, webhookSignatureInvalid } from '../errors.ts'
import { lockAttribution } from '../members/attribution-lock.ts'
import { findMember } from '../members/find-member.ts'
import { type Conversion, readStandard, readStripe, WebhookBody } from './conversion-events.ts'
import { getPerson, recordConversion } from './record-conversion.ts'
import {
  type Scheme,
  schemeOf,
  verifyWebhook,
  type WebhookSecrets,
  webhookId,
} from './verify-webhook.ts'
import { insertEvent } from './webhook-events.ts'

export const WebhookReply = z.object({
  status: z.literal('success'),
  conversion: z
    .enum(['recorded', 'stored', 'repeated', 'ignored'])
    .describe(
      'recorded: the person has a referral. stored: not yet, the payment is stored for 30 days. ' +
        'repeated: this event was processed before. ignored: the event is no payment of a person.',
    ),
})
type Outcome = z.infer<typeof WebhookReply>['conversion']

export type WebhookDeps = {
  db: Database
  personKey: PersonKey
  secrets: WebhookSecrets
  terms: ReferralTerms
}

const BODY_BYTES = 256 * 1024

// Webhooks that wait for the lock of the one before hold no connection.
const WAITING = 512

const findPerson = async (
  db: Transaction,
  { userIds, email }: Conversion,
  personKey: PersonKey,
): Promise<string | null> => {
  for (const id of userIds) {
    const member = await findMember(db, id)
    if (member !== null) return getPerson(db, member)
  }
  return email === null ? null : personKey(email)
}

/** @throws unknownUser (404); then the event may be sent again. */
const apply = (
  { db, personKey, terms }: WebhookDeps,
  scheme: Scheme,
  conversion: Conversion,
): Promise<Outcome> =>
  transaction(db, async (connection) => {
    await lockAttribution(connection)
    if (!(await insertEvent(connection, scheme, conversion.id))) return 'repeated'
    const person = await findPerson(connection, conversion, personKey)
    if (person === null) throw unknownUser()
    const { referral } = await recordConversion(connection, { person, at: conversion.at }, terms)
    return referral ? 'recorded' : 'stored'
  })

// The signature covers the bytes: it is verified before anything else reads them.
const acceptSignedJson = (app: FastifyInstance, secrets: WebhookSecrets) => {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  app.addHook('preValidation', (request, _reply, done) => {
    const bytes = (request.body as Buffer | undefined) ?? Buffer.alloc(0)
    verifyWebhook(request.headers, bytes, secrets)
    if (!isUtf8(bytes)) throw malformedJson()
    parse(request, bytes.toString(), (error, body) => {
      request.body = body
      done(error ?? undefined)
    })
  })
}

export const webhookRoute = (app: FastifyInstance, deps: WebhookDeps) =>
  app.register(async (scope) => {
    acceptSignedJson(scope, deps.secrets)
    const oneAtATime = mutex(WAITING)
    route(
      scope,
      {
        method: 'POST',
        url: '/api/referrals/conversions/webhook',
        operationId: 'receiveConversion',
        summary: 'Receive a signed webhook of a payment system',
        auth: visitor,
        body: WebhookBody,
        examples: { body: { type: 'conversion', data: { user_id: '4711' } } },
        replies: [200, WebhookReply],
        errors: [unknownUser, webhookOff, webhookSignatureInvalid, webhookExpired, overloaded],
        bodyLimit: BODY_BYTES,
      },
      async ({ body, request: { headers } }) => {
        const scheme = schemeOf(headers)
        const conversion =
          scheme === 'stripe' ? readStripe(body) : readStandard(body, webhookId(headers))
        const outcome = conversion
          ? await oneAtATime(() => retry(() => apply(deps, scheme, conversion)))
          : 'ignored'
        return { status: 'success' as const, conversion: outcome }
      },
    )
  })
