import { setTimeout as wait } from 'node:timers/promises'
import { visitor } from '@vobee/shared/auth/callers'
import { batch, defaultLimits } from '@vobee/shared/data/batch'
import type { Database, Transactable, Transaction } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency'
import { retry } from '@vobee/shared/data/retry'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { flatObject, text } from '@vobee/shared/http/text'
import { canonicalEmail, Email, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { WaitlistSettings } from '../config.ts'
import { type Releases, waitOf } from '../line/wait-estimate.ts'
import type { Confirmation } from '../mail/config.ts'
import { withCurrentScoring } from '../scoring/current-scoring.ts'
import { personas } from '../scoring/personas.ts'
import { isDisposable } from './disposable.ts'
import { findReferralCode, insertJoins, isCodeInUse, type Joined, type NewEntry } from './insert.ts'

const utm = text(200, 0).optional()

export const JoinBody = z.strictObject({
  email: Email,
  use_case: text(2000),
  persona: z.enum(personas),
  referred_by: z
    .string()
    .trim()
    .regex(/^[\w-]{1,50}$/, 'must be 1 to 50 of A-Z a-z 0-9 _ -')
    .optional()
    .describe('The referral code of whoever sent the visitor; an unknown one is no fault.'),
  name: text(200).optional(),
  utm_source: utm,
  utm_medium: utm,
  utm_campaign: utm,
  utm_term: utm,
  utm_content: utm,
  metadata: flatObject(20, 2048).optional(),
  locale: text(35).optional(),
})
export type JoinBody = z.infer<typeof JoinBody>

export const JoinReply = z.object({
  status: z.literal('success'),
  position: z.int().min(1),
  total_waiting: z.int().min(1),
  estimated_wait: z.string(),
  estimated_wait_days: z.object({ low: z.int(), high: z.int() }).nullable(),
  invites_paused: z.boolean(),
  referral_code: z.string(),
  share_url: z.url(),
})

export type JoinDeps = {
  db: Database
  personKey: PersonKey
  publicUrl: string
  patience: () => number | null
  releases: () => Promise<Releases>
  once: Idempotent
  mail: { confirmation: Confirmation; mails: boolean }
  /** Most joins that wait here before more are refused. */
  waiting: number
  /** What becomes of joins from disposable addresses. */
  disposable: WaitlistSettings['DISPOSABLE_EMAILS']
}

const LastingEmail = Email.refine(
  (address) => !isDisposable(canonicalEmail(address)),
  'must not be of a disposable-mail domain',
)

const entryOf = (body: JoinBody, { personKey, disposable }: JoinDeps): NewEntry => ({
  person: personKey(body.email),
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
  disposable: disposable === 'score' && isDisposable(canonicalEmail(body.email)),
})

/**
 * No join is answered sooner: to keep somebody new takes about 0.15 ms longer than to find who is
 * there already, which would tell the two apart where nothing else varies.
 */
const PACE_MS = 4

export const joinRoute = (app: FastifyInstance, deps: JoinDeps) => {
  const { db, publicUrl, patience, releases, once } = deps
  const scored = withCurrentScoring(db)
  const joinAll = (on: Transactable, entries: readonly NewEntry[]) =>
    scored((current) => insertJoins(on, entries, { current, maxGateAge: patience(), ...deps.mail }))
  const joinTogether = batch(
    (entries: readonly NewEntry[]) => retry(() => joinAll(db, entries), isCodeInUse),
    { ...defaultLimits, waiting: deps.waiting },
  )
  const joinOn = async (connection: Transaction | null, entry: NewEntry) => {
    const joining = connection
      ? joinAll(connection, [entry]).then(([place]) => place as Joined)
      : joinTogether(entry)
    const [place, released] = await Promise.all([joining, releases()])
    return { ...place, ...waitOf(place.position, released) }
  }
  const refuses = deps.disposable === 'refuse'
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/join',
      operationId: 'joinWaitlist',
      summary: 'Join the waitlist',
      auth: visitor,
      body: refuses ? JoinBody.extend({ email: LastingEmail }) : JoinBody,
      replies: [201, JoinReply],
      errors: [overloaded],
      beforeBody: joinTogether.rejectWhenFull,
      idempotent: true,
    },
    async (asked) => {
      const entry = entryOf(asked.body, deps)
      const joining = once(asked, {
        run: (connection) => joinOn(connection, entry),
        serialize: ({ referral_code: _, ...figures }) => figures,
        replay: async (figures) => {
          const referral_code = await findReferralCode(db, entry.person)
          return referral_code === null ? null : { ...figures, referral_code }
        },
      })
      const [place] = await Promise.all([joining, wait(PACE_MS)])
      const share_url = `${publicUrl}/r/${place.referral_code}`
      return { status: 'success' as const, ...place, share_url }
    },
  )
}
