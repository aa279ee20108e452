// The statement of a batch of joins.
import { randomUUIDv7 } from 'node:crypto'
import { type Queryable, runPipelined, type Transactable } from '@vobee/shared/data/database'
import { compiled, empty, type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { gateState } from '@vobee/shared/gate'
import { type Audit, logActionsOfMany } from '@vobee/shared/ops/audit-trail'
import { maskedEmail } from '@vobee/shared/privacy/masked-email'
import { generateReferralCode } from '@vobee/shared/referral-code'
import { publishConfirmed } from '../line/confirm-entry.ts'
import { totalWaiting } from '../line/positions.ts'
import type { Confirmation } from '../mail/config.ts'
import type { Persona } from '../scoring/personas.ts'
import { answersScore } from '../scoring/score.ts'
import type { CurrentScoring } from '../scoring/versions.ts'
import { type Client, type SignalKey, signalsOf } from './signals.ts'

export type NewEntry = {
  person: string
  email: string
  name: string | null
  use_case: string
  persona: Persona
  locale: string | null
  utm: Record<string, string>
  metadata: Record<string, unknown>
  referred_by: string | null
  /** Joined from a disposable address that counts in the score. */
  disposable: boolean
  /** Where the person joins from; null if that is not known. */
  client: Client | null
  /** The address is known to belong to the person. */
  confirmed?: boolean
  /** The key that confirms it. */
  audit?: Audit
}

export type Joined = {
  position: number
  total_waiting: number
  referral_code: string
  invites_paused: boolean
}

export type JoinTerms = {
  /** The newest scoring that this process knows. */
  current: CurrentScoring
  signalKey: SignalKey
  /** As `maxGateAge` returns it. */
  maxGateAge: number | null
  confirmation: Confirmation
  /** Whether the service sends mail. */
  mails: boolean
  /** The length of new referral codes. */
  codeLength: number
}

// Ids ascend with time: a random id touches an index page of its own, which at ten million entries
// is read from disk.
const rowsOf = (entries: readonly NewEntry[], { current, codeLength, signalKey }: JoinTerms) =>
  entries.map(({ client, ...entry }) => ({
    ...entry,
    id: randomUUIDv7(),
    answers_score: answersScore(current.scoring, entry),
    referral_code: generateReferralCode(codeLength),
    signals: signalsOf(signalKey, { ...entry, client }),
  }))

/** The parameters of the statement. */
type Params = {
  /** JSON of the rows of `rowsOf`. */
  rows: string
  version: number
  maxGateAge: number | null
  confirmation: Confirmation
}

/** No rows if `version` is not the newest scoring: then nothing is inserted. */
const requestedRows = ({ rows, version }: Params): Sql => sql`
  select * from rows from (json_to_recordset(${rows}) as (
    id uuid, person text, email text, name text, use_case text, persona text, locale text, utm jsonb,
    metadata jsonb, referred_by text, disposable boolean, answers_score int, referral_code text,
    confirmed boolean, audit jsonb, signals jsonb
  )) with ordinality as t (
    id, person, email, name, use_case, persona, locale, utm,
    metadata, referred_by, disposable, answers_score, referral_code, confirmed, audit, signals, n
  )
  where (select coalesce(max(id), 0) from waitlist.scoring) = ${version}`

// Any of several joins of one person in a batch may confirm the entry.
const confirmedNow = sql`
  case when person in (select person from requested where confirmed) then now() end`

const confirmRepeated = sql`
  confirmed_at = coalesce(entry.confirmed_at, excluded.confirmed_at),
  status = case when entry.status = 'pending' and excluded.confirmed_at is not null then 'waiting'
                else entry.status end`

// Rows are inserted in the order of their key, so two batches never deadlock. A repeated join is an
// update that changes nothing: it locks and returns the first row, which `do nothing` would not
// return when another replica has just committed it. Unless it confirms the entry: then a pending one
// takes its place in the line.
const insertRequested = ({ version, confirmation }: Params, confirms: boolean): Sql => sql`
  insert into waitlist.entries as entry (
    id, person, email, name, use_case, persona, locale, utm, metadata, referred_by, disposable,
    answers_score, referral_code, score, scored_with, status, redeemed_at, confirmed_at
  )
  select distinct on (person)
    id, person, email, name, use_case, persona, locale, utm, metadata, referred_by, disposable,
    answers_score, referral_code, answers_score, ${version},
    case when redeemed_at is not null then 'redeemed'
         when ${confirmation}::text = 'place' and confirmed_at is null then 'pending'
         else 'waiting' end,
    redeemed_at, confirmed_at
  from requested cross join lateral (
    select (
      select redeemed_at from waitlist.redeemed_people as redeemed
      where redeemed.person = requested.person
    ) as redeemed_at, ${confirms ? confirmedNow : sql`null::timestamptz`} as confirmed_at
  ) as more
  order by person, n
  on conflict (person) do update set ${confirms ? confirmRepeated : sql`person = excluded.person`}
  returning id, arrival, person, email, score, status, referral_code, referred_by, joined_at,
            confirmed_at, xmax = 0 as is_new`

const publishJoined = (confirmation: Confirmation, mails: boolean): Sql => {
  const entry = {
    id: sql`entered.id`,
    person: sql`entered.person`,
    referral_code: sql`entered.referral_code`,
    referred_by: sql`entered.referred_by`,
    confirmed: sql`${confirmation}::text = 'off'`,
    at: sql`joined_at`,
    masked: maskedEmail('entered.email'),
    signals: sql`signals`,
  }
  // Mail is the only use that the waitlist has for its own events.
  const consumers = mails ? undefined : (['referrals', 'quality_gates'] as const)
  const source = sql`entered join requested using (id) where is_new`
  return publish('waitlist.joined', { entries: [entry] }, source, consumers)
}

const publishJoinedAgain = (mails: boolean): Sql =>
  mails
    ? publish('waitlist.joined_again', { people: [sql`person`] }, sql`entered where not is_new`)
    : sql`select where false`

const confirmedParts = sql`
  newly_confirmed as (
    select entered.id, entered.person, entered.confirmed_at, entered.status, (
      select audit from requested
      where requested.person = entered.person and confirmed order by n limit 1
    ) as audit
    from entered where confirmed_at = now()
  ),
  confirmed_entries as (${publishConfirmed(sql`newly_confirmed`, null)}),
  logged as (${logActionsOfMany(
    'waitlist',
    sql`select 'waitlist.confirmed', id::text, null::jsonb, audit from newly_confirmed`,
  )}),`

// The position of a repeated join, and of somebody who has redeemed a code already, is the one that a
// new entry with these answers would get.
const insertBatch = (params: Params, { mails, confirms }: Variant): Sql => {
  const { maxGateAge, confirmation } = params
  return sql`
    with requested as (${requestedRows(params)}),
    gate as (${gateState('waitlist', maxGateAge)}),
    entered as (${insertRequested(params, confirms)}),
    joined as (${publishJoined(confirmation, mails)}),
    joined_again as (${publishJoinedAgain(mails)}),
    ${confirms ? confirmedParts : empty}
    newcomers as (
      select person, score, row_number() over (order by score desc, arrival) as place
      from entered where is_new and status = 'waiting'
    )
    select
      entered.referral_code,
      1 + ahead.waiting + coalesce(
        newcomer.place - 1,
        (select count(*) from newcomers where score >= requested.answers_score)
      ) as position,
      ${totalWaiting}
        + (select count(*) from newcomers) + (newcomer.place is null)::int as total_waiting,
      not gate.open as invites_paused,
      (select count(*) from joined) + (select count(*) from joined_again)
        ${confirms ? sql`+ (select count(*) from confirmed_entries)` : empty} as published
    from requested
    join entered using (person)
    left join newcomers as newcomer using (person)
    cross join lateral (
      select coalesce(sum(waiting), 0) as waiting from waitlist.line_scores
      where score >= coalesce(newcomer.score, requested.answers_score)
    ) as ahead
    cross join gate
    order by requested.n`
}

/** The statement has only the parts that its service and its batch need. */
type Variant = { mails: boolean; confirms: boolean }

const statement = (name: string, variant: Variant) =>
  compiled<Params>(name, (params) => insertBatch(params, variant))

const insertWith = {
  mails: statement('join', { mails: true, confirms: false }),
  noMails: statement('join-without-mail', { mails: false, confirms: false }),
}

const confirmWith = {
  mails: statement('join-confirmed', { mails: true, confirms: true }),
  noMails: statement('join-confirmed-without-mail', { mails: false, confirms: true }),
}

// One batch of joins at a time among all replicas: each snapshot is taken after the previous batch
// has committed, so no two entries get the same position. One plan for all batches: with a plan for
// each, planning took a third of the time of eight joins.
const LOCK = `
  set local plan_cache_mode = force_generic_plan;
  select pg_advisory_xact_lock(hashtextextended('waitlist: joining', 0))`

/**
 * Inserts a batch of joins in one statement. Returns the positions in request order. A repeated join
 * leaves the first entry unchanged. An entry that must confirm first gets the position that it would
 * have now. Returns null, and inserts nothing, if the scoring has changed.
 */
export const insertJoins = async (
  db: Transactable,
  entries: readonly NewEntry[],
  terms: JoinTerms,
): Promise<Joined[] | null> => {
  const { current, maxGateAge, confirmation, mails } = terms
  const rows = JSON.stringify(rowsOf(entries, terms))
  const variants = entries.some(({ confirmed }) => confirmed) ? confirmWith : insertWith
  const insert = mails ? variants.mails : variants.noMails
  const sent = insert({ rows, version: current.version, maxGateAge, confirmation })
  const joined = (await runPipelined<Joined>(db, LOCK, sent)).rows
  return joined.length > 0 ? joined : null
}

/**
 * Whether a generated referral code exists already: one join in 100,000 among ten million entries.
 */
export const isCodeInUse = (error: unknown) =>
  (error as { constraint?: string }).constraint === 'entries_referral_code_key'

/** Returns the referral code of a person's entry; null if there is none. */
export const findReferralCode = async (db: Queryable, person: string): Promise<string | null> => {
  const { rows } = await db.query<{ referral_code: string }>(
    sql`select referral_code from waitlist.entries where person = ${person}`,
  )
  return rows[0]?.referral_code ?? null
}
