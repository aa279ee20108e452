// The whole conversation between the services on one screen: every event, what it carries, who
// tells it and who hears it. Events are plural: one carries what one statement changed. People
// are named by person key; an address stands only where the listener must write to it.
import { z } from 'zod'

const id = z.uuid()
const person = z.string().min(1)
const at = z.iso.datetime({ offset: true })

const Joined = z.object({
  entries: z.array(
    z.object({
      id,
      person,
      referral_code: z.string(),
      referred_by: z.string().nullable(),
      confirmed: z.boolean(),
      at,
    }),
  ),
})

const JoinedAgain = z.object({ people: z.array(person) })

const Confirmed = z.object({ entries: z.array(z.object({ id, person, at })) })

const Left = z.object({ entries: z.array(z.object({ id, person, at })) })

/** In every row where `person` stood, the tombstone stands from then on. */
const Erased = z.object({ person, tombstone: z.string().min(1), at })

const Released = z.object({
  wave_id: id,
  /** Who stood first, at most 1,000 of the wave. */
  people: z.array(z.object({ entry_id: id, person })).min(1),
  at,
})

const CodesMade = z.object({
  batch_id: z.string(),
  count: z.int(),
  /** Codes made for earned grants: who holds how many. */
  grants: z.array(z.object({ grant_id: id, person, codes: z.int() })),
  at,
})

const CodesIssued = z.object({
  /** Of a wave to whom they are for, of a grant to whom earned them. */
  codes: z.array(z.object({ person, code: z.string(), grant_id: id.nullable() })),
})

const CodesUsed = z.object({
  uses: z.array(
    z.object({ use_id: id, person, batch_id: z.string(), grant_id: id.nullable(), at }),
  ),
})

const CodesEnded = z.object({
  batches: z.array(z.object({ batch_id: z.string(), count: z.int() })),
  at,
})

const Credited = z.object({
  referrals: z.array(z.object({ referral_id: id, referrer: person, person, at })),
})

const Earned = z.object({
  grants: z.array(z.object({ grant_id: id, person, codes: z.int(), reason: z.string() })),
})

const GateEvaluated = z.object({
  open: z.boolean(),
  reasons: z.array(z.string()),
  evaluated_at: at,
})

export const services = ['waitlist', 'invites', 'referrals', 'quality_gates'] as const
/** A service by the name of its schema. */
export type Service = (typeof services)[number]

type Entry = { payload: z.ZodType; told: Service; heard: readonly Service[] }

export const events = {
  'waitlist.joined': {
    payload: Joined,
    told: 'waitlist',
    // Itself where it sends mail, as it hears of who joined again.
    heard: ['referrals', 'quality_gates', 'waitlist'],
  },
  'waitlist.joined_again': { payload: JoinedAgain, told: 'waitlist', heard: ['waitlist'] },
  'waitlist.confirmed': { payload: Confirmed, told: 'waitlist', heard: ['referrals'] },
  'waitlist.left': { payload: Left, told: 'waitlist', heard: ['referrals'] },
  'waitlist.released': { payload: Released, told: 'waitlist', heard: ['invites'] },
  'invites.created': {
    payload: CodesMade,
    told: 'invites',
    heard: ['referrals', 'quality_gates'],
  },
  'invites.issued': { payload: CodesIssued, told: 'invites', heard: ['waitlist'] },
  'invites.used': {
    payload: CodesUsed,
    told: 'invites',
    heard: ['waitlist', 'referrals', 'quality_gates'],
  },
  'invites.revoked': { payload: CodesEnded, told: 'invites', heard: ['quality_gates'] },
  'invites.expired': { payload: CodesEnded, told: 'invites', heard: ['quality_gates'] },
  'invites.limit_reached': { payload: CodesEnded, told: 'invites', heard: ['quality_gates'] },
  'referrals.credited': {
    payload: Credited,
    told: 'referrals',
    heard: ['waitlist', 'quality_gates'],
  },
  'referrals.earned': { payload: Earned, told: 'referrals', heard: ['invites'] },
  'person.erased': {
    payload: Erased,
    told: 'waitlist',
    heard: ['invites', 'referrals', 'quality_gates'],
  },
  // That referrals tells nothing more of them: what it told before was heard after the erasing.
  'person.forgotten': { payload: Erased, told: 'referrals', heard: ['waitlist', 'invites'] },
  'gate.evaluated': {
    payload: GateEvaluated,
    told: 'quality_gates',
    heard: ['waitlist', 'invites', 'referrals'],
  },
} as const satisfies Record<string, Entry>

export type Events = typeof events
export type EventName = keyof Events
export type Payload<Name extends EventName> = z.infer<Events[Name]['payload']>

/** The events that `S` hears. */
export type HeardBy<S extends Service> = {
  [Name in EventName]: S extends Events[Name]['heard'][number] ? Name : never
}[EventName]
