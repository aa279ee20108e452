// Every event: its payload, its publisher and its consumers. Events are plural: one carries what one
// statement changed. Payloads name people by person key; an address stands only where the consumer
// must write to it.
import { z } from 'zod'

const id = z.uuid()
const person = z.string().min(1)
const at = z.iso.datetime({ offset: true })

/** Of a referral: clean, suspect (held, or void as a fraud), decided (a reviewer voided it). */
const Standing = z.enum(['clean', 'suspect', 'decided']).nullable()

const Joined = z.object({
  entries: z.array(
    z.object({
      id,
      person,
      referral_code: z.string(),
      referred_by: z.string().nullable(),
      confirmed: z.boolean(),
      at,
      /** The address as `u***@e***.com`. Version 0.4.0 publishes neither this nor the signals. */
      masked: z.string().nullish(),
      /** What the join looked like, for fraud scores: keyed hashes, never the address or network. */
      signals: z
        .object({
          network: z.string().nullable(),
          device: z.string().nullable(),
          lookalike: z.string().nullable(),
          disposable: z.boolean(),
        })
        .nullish(),
    }),
  ),
})

const JoinedAgain = z.object({ people: z.array(person) })

const Confirmed = z.object({
  entries: z.array(
    z.object({
      id,
      person,
      at,
      /** A scanner of mail or another program confirmed, as far as it is known. */
      automated: z.boolean().nullish(),
    }),
  ),
})

const Left = z.object({ entries: z.array(z.object({ id, person, at })) })

/** The pseudonym replaces `person` in every row. */
const Erased = z.object({ person, pseudonym: z.string().min(1), at })

/** What referrals that count add to a score. A higher version replaces a lower one. */
const ScoringChanged = z.object({ version: z.int(), points: z.int(), points_max: z.int() })

const Released = z.object({
  wave_id: id,
  /** At most 1,000 people of the wave, from its start. Version 0.2.0 publishes no `masked`. */
  people: z
    .array(z.object({ entry_id: id.nullable(), person, masked: z.string().nullish() }))
    .min(1),
  /** How long the codes are valid; null: as the setting of invites says. 0.2.0 publishes none. */
  expires_in_days: z.int().min(1).nullish(),
  at,
})

const CodesMade = z.object({
  batch_id: z.string(),
  count: z.int(),
  /** The codes created for grants: how many for each person. */
  grants: z.array(z.object({ grant_id: id, person, codes: z.int() })),
  at,
})

const CodesIssued = z.object({
  /** `person` is the recipient: released by a wave, or the earner of a grant. */
  codes: z.array(z.object({ person, code: z.string(), grant_id: id.nullable() })),
  /**
   * The codes that one call of generate issued to an address: one mail, which lists the first 100.
   * `email` is null once the person is erased. Version 0.2.0 publishes none.
   */
  mail: z
    .object({
      batch_id: z.string(),
      person,
      email: z.string().nullable(),
      codes: z.array(z.string()),
      count: z.int(),
    })
    .nullish(),
})

/** Each request is one mail. */
const InvitationRequested = z.object({ people: z.array(z.object({ person, request_id: id })) })

const CodesReissued = z.object({
  codes: z.array(z.object({ person, code: z.string(), request_id: id })),
})

const CodesUsed = z.object({
  uses: z.array(
    z.object({
      use_id: id,
      person,
      batch_id: z.string(),
      grant_id: id.nullable(),
      /** Of a code that belongs to a grant; null for others. Version 0.4.0 publishes none. */
      code_id: z.int().nullish(),
      at,
    }),
  ),
})

const CodesEnded = z.object({
  batches: z.array(z.object({ batch_id: z.string(), count: z.int() })),
  at,
})

/** A higher revision replaces a lower one. Version 0.4.0 publishes none: it counts as 0. */
const revision = z.int().min(0).nullish()

const Credited = z.object({
  referrals: z.array(z.object({ referral_id: id, revision, referrer: person, person, at })),
})

/** `at` is when the person was referred. */
const Transitioned = z.object({
  transitions: z.array(
    z.object({ referral_id: id, revision: z.int(), from: Standing, to: Standing, at }),
  ),
})

const Recalled = z.object({
  recalls: z.array(
    z.object({ recall_id: id, grant_id: id, codes: z.int().min(1), reason: z.string() }),
  ),
})

const RecallAnswered = z.object({
  recalls: z.array(z.object({ recall_id: id, revoked: z.int().min(0) })),
})

const Blocked = z.object({ people: z.array(z.object({ person, reason: z.string() })), at })

const Unblocked = z.object({ people: z.array(person), at })

const CodeGenerated = z.object({ codes: z.array(z.object({ person, code: z.string(), at })) })

/** A higher version of a code's state replaces a lower one. */
const GrantedCodes = z.object({
  codes: z.array(
    z.object({
      code_id: z.int(),
      grant_id: id,
      is_revoked: z.boolean(),
      expires_at: at.nullable(),
      version: z.int(),
    }),
  ),
})

const Earned = z.object({
  grants: z.array(
    z.object({
      grant_id: id,
      person,
      codes: z.int(),
      reason: z.string(),
      /** The address as `u***@e***.com`. Version 0.4.0 publishes none. */
      masked: z.string().nullish(),
    }),
  ),
})

export const services = ['waitlist', 'invites', 'referrals', 'quality_gates'] as const
/** A service, named by its schema. */
export type Service = (typeof services)[number]

type Entry = { payload: z.ZodType; publisher: Service; consumers: readonly Service[] }

export const events = {
  'waitlist.joined': {
    payload: Joined,
    publisher: 'waitlist',
    // The waitlist consumes its own events where it sends mail.
    consumers: ['referrals', 'quality_gates', 'waitlist'],
  },
  'waitlist.joined_again': { payload: JoinedAgain, publisher: 'waitlist', consumers: ['waitlist'] },
  'waitlist.confirmed': { payload: Confirmed, publisher: 'waitlist', consumers: ['referrals'] },
  'waitlist.left': { payload: Left, publisher: 'waitlist', consumers: ['referrals'] },
  'waitlist.scoring_changed': {
    payload: ScoringChanged,
    publisher: 'waitlist',
    consumers: ['referrals'],
  },
  'waitlist.released': { payload: Released, publisher: 'waitlist', consumers: ['invites'] },
  // An admin wants the mail with the code of a wave sent again. Invites knows the code.
  'waitlist.invitation_requested': {
    payload: InvitationRequested,
    publisher: 'waitlist',
    consumers: ['invites'],
  },
  'invites.reissued': { payload: CodesReissued, publisher: 'invites', consumers: ['waitlist'] },
  'invites.created': {
    payload: CodesMade,
    publisher: 'invites',
    consumers: ['referrals', 'quality_gates'],
  },
  'invites.issued': { payload: CodesIssued, publisher: 'invites', consumers: ['waitlist'] },
  'invites.used': {
    payload: CodesUsed,
    publisher: 'invites',
    consumers: ['waitlist', 'referrals', 'quality_gates'],
  },
  'invites.revoked': { payload: CodesEnded, publisher: 'invites', consumers: ['quality_gates'] },
  'invites.expired': { payload: CodesEnded, publisher: 'invites', consumers: ['quality_gates'] },
  'invites.limit_reached': {
    payload: CodesEnded,
    publisher: 'invites',
    consumers: ['quality_gates'],
  },
  'referrals.credited': {
    payload: Credited,
    publisher: 'referrals',
    consumers: ['waitlist', 'quality_gates'],
  },
  // The referral counts no longer: it is held or void.
  'referrals.voided': { payload: Credited, publisher: 'referrals', consumers: ['waitlist'] },
  'referrals.transitioned': {
    payload: Transitioned,
    publisher: 'referrals',
    consumers: ['quality_gates'],
  },
  'referrals.earned': { payload: Earned, publisher: 'referrals', consumers: ['invites'] },
  // What a grant gave is taken back: invites revokes codes that nobody used, and answers.
  'referrals.recalled': { payload: Recalled, publisher: 'referrals', consumers: ['invites'] },
  'invites.recalled': { payload: RecallAnswered, publisher: 'invites', consumers: ['referrals'] },
  'invites.granted_codes': {
    payload: GrantedCodes,
    publisher: 'invites',
    consumers: ['referrals'],
  },
  // A reviewer blocked the people: invites revokes their unused codes.
  'referrals.blocked': { payload: Blocked, publisher: 'referrals', consumers: ['invites'] },
  // What the block revoked is restored, except for what was recalled.
  'referrals.unblocked': { payload: Unblocked, publisher: 'referrals', consumers: ['invites'] },
  'referrals.code_generated': {
    payload: CodeGenerated,
    publisher: 'referrals',
    consumers: ['waitlist'],
  },
  'person.erased': {
    payload: Erased,
    publisher: 'waitlist',
    consumers: ['invites', 'referrals', 'quality_gates'],
  },
  // Referrals publishes nothing more about the person: what it published before arrived earlier.
  'person.forgotten': {
    payload: Erased,
    publisher: 'referrals',
    consumers: ['waitlist', 'invites'],
  },
} as const satisfies Record<string, Entry>

export type Events = typeof events
export type EventName = keyof Events
export type Payload<Name extends EventName> = z.infer<Events[Name]['payload']>

/** The events that the service `S` consumes. */
export type ConsumedBy<S extends Service> = {
  [Name in EventName]: S extends Events[Name]['consumers'][number] ? Name : never
}[EventName]
