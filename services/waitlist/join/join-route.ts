import { setTimeout as wait } from 'node:timers/promises'
import { authorize, type Caller, key, visitor } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency/idempotency'
import { credentialRequired, forbidden, overloaded } from '@vobee/shared/http/problem'
import { rejectOverload } from '@vobee/shared/http/reject-overload'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import { canonicalEmail, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WaitlistSettings } from '../config.ts'
import type { ReleaseRate } from '../line/release-rate.ts'
import type { MailConfig } from '../mail/config.ts'
import { isDisposable } from './disposable.ts'
import { findReferralCode, type NewEntry } from './insert.ts'
import { joinBatch } from './join-batch.ts'
import { JoinBody, JoinReply, NonDisposableJoinBody } from './join-body.ts'
import type { Client } from './signals.ts'

export type JoinDeps = {
  db: Database
  settings: Pick<
    WaitlistSettings,
    'PUBLIC_URL' | 'JOINS_WAITING' | 'DISPOSABLE_EMAILS' | 'REFERRAL_CODE_LENGTH'
  >
  mail: MailConfig
  personKey: PersonKey
  maxGateAge: () => number | null
  releaseRate: () => Promise<ReleaseRate>
  idempotent: Idempotent
}

/**
 * Whether the join proves its address: the token of a member, for their own address; or a key says so.
 * @throws credentialRequired (401), forbidden (403) if the caller may not say so.
 */
const isConfirmed = ({ confirmed }: JoinBody, person: string, caller: Caller): boolean => {
  if (caller.kind === 'member' && caller.person === person) return true
  if (confirmed) authorize(caller, key('waitlist:write'))
  return confirmed ?? false
}

/**
 * Where the person joins from: a key's request comes from elsewhere, so its body says it.
 * @throws credentialRequired (401), forbidden (403) if the caller may not say so.
 */
const clientOf = ({ body, caller, request }: Joining): Client | null => {
  const { client_address: address, client_user_agent: userAgent } = body
  if (address ?? userAgent) authorize(caller, key('waitlist:write'))
  if (caller.kind === 'key') return address ? { address, userAgent: userAgent ?? null } : null
  return { address: request.ip, userAgent: request.headers['user-agent'] ?? null }
}

type Joining = { body: JoinBody; caller: Caller; request: FastifyRequest }

const entryOf = (input: Joining, { personKey, settings }: JoinDeps): NewEntry => {
  const { body, caller } = input
  const person = personKey(body.email)
  return {
    person,
    email: body.email,
    name: body.name ?? null,
    use_case: body.use_case,
    persona: body.persona,
    locale: body.locale ?? null,
    utm: Object.fromEntries(
      Object.entries(body).filter(([name, value]) => name.startsWith('utm_') && value),
    ) as Record<string, string>,
    metadata: body.metadata ?? {},
    referred_by: body.referred_by ?? null,
    disposable: settings.DISPOSABLE_EMAILS === 'score' && isDisposable(canonicalEmail(body.email)),
    client: clientOf(input),
    ...(isConfirmed(body, person, caller) ? { confirmed: true, audit: auditOf(input) } : {}),
  }
}

/**
 * The shortest time of a response: inserting an entry takes about 0.15 ms longer than finding one,
 * which would reveal who is on the list.
 */
const MIN_RESPONSE_MS = 4
const JOIN = '/api/waitlist/join'

export const joinRoute = (app: FastifyInstance, deps: JoinDeps) => {
  const { db, settings, mail, maxGateAge, releaseRate, idempotent } = deps
  const joinTerms = {
    confirmation: mail.confirmation,
    mails: mail.smtpUrl !== null,
    codeLength: settings.REFERRAL_CODE_LENGTH,
  }
  const join = joinBatch({
    db,
    idempotent,
    waiting: settings.JOINS_WAITING,
    terms: () => ({ ...joinTerms, maxGateAge: maxGateAge() }),
    releaseRate,
  })
  rejectOverload(app, ({ method, url }) =>
    url === JOIN && method === 'POST' && join.isFull() ? 'Too many joins are waiting.' : null,
  )
  route(
    app,
    {
      method: 'POST',
      url: JOIN,
      operationId: 'joinWaitlist',
      summary: 'Join the waitlist',
      auth: visitor,
      body: settings.DISPOSABLE_EMAILS === 'refuse' ? NonDisposableJoinBody : JoinBody,
      replies: [201, JoinReply],
      errors: [overloaded, credentialRequired, forbidden],
      beforeBody: join.rejectWhenFull,
      idempotent: true,
    },
    async (input) => {
      const entry = entryOf(input, deps)
      const joining = join(input, entry, async (stored) => {
        const referral_code = await findReferralCode(db, entry.person)
        return referral_code === null ? null : { ...stored, referral_code }
      })
      const [joined] = await Promise.all([joining, wait(MIN_RESPONSE_MS)])
      const share_url = `${settings.PUBLIC_URL}/r/${joined.referral_code}`
      return { status: 'success' as const, ...joined, share_url }
    },
  )
}
