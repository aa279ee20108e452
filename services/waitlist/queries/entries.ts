// Who waits, and in which order: higher score first, then earlier arrival.
import type { Queryable } from '@vobee/shared/database'
import { gateRow } from '@vobee/shared/gate'
import type { Persona } from '../priority.ts'
import { drawReferralCode } from '../referral-code.ts'

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
  answers_score: number
}

export type Place = {
  position: number
  total_waiting: number
  referral_code: string
  invites_paused: boolean
}

// Rows are written in the order of their key, so that two batches never wait for each other in a
// circle. A repeated join is an update that changes nothing: it locks and returns the first row,
// which `do nothing` would not show when another replica has just committed it. Its place is the
// one that a new entry with these answers would have.
const JOIN = `
  with asked as (
    select * from unnest(
      $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
      $8::jsonb[], $9::text[], $10::int[], $11::text[]
    ) with ordinality as t (
      person, email, name, use_case, persona, locale, utm,
      metadata, referred_by, answers_score, referral_code, n
    )
  ), gate as (
    ${gateRow('waitlist', 12)}
  ), kept as (
    insert into waitlist.entries (
      person, email, name, use_case, persona, locale, utm,
      metadata, referred_by, answers_score, referral_code, score
    )
    select distinct on (person)
      person, email, name, use_case, persona, locale, utm,
      metadata, referred_by, answers_score, referral_code, answers_score
    from asked
    order by person, n
    on conflict (person) do update set person = excluded.person
    returning id, arrival, person, score, referral_code, referred_by, joined_at, xmax = 0 as is_new
  ), told as (
    select referrals.hear('waitlist.joined', payload), quality_gates.hear('waitlist.joined', payload)
    from (
      select jsonb_build_object('entries', jsonb_agg(jsonb_build_object(
        'id', id, 'person', person, 'referral_code', referral_code, 'referred_by', referred_by,
        'confirmed', true, 'at', joined_at
      ))) as payload
      from kept where is_new having count(*) > 0
    ) as news
  ), newcomers as (
    select person, score, row_number() over (order by score desc, arrival) as place
    from kept where is_new
  )
  select
    kept.referral_code,
    1 + ahead.waiting + coalesce(
      newcomer.place - 1,
      (select count(*) from newcomers where score >= asked.answers_score)
    ) as position,
    coalesce((select entries from waitlist.entry_counts where status = 'waiting'), 0)
      + (select count(*) from newcomers) + (newcomer.place is null)::int as total_waiting,
    not gate.open as invites_paused,
    (select count(*) from told) as told
  from asked
  join kept using (person)
  left join newcomers as newcomer using (person)
  cross join lateral (
    select coalesce(sum(waiting), 0) as waiting from waitlist.line_scores
    where score >= coalesce(newcomer.score, asked.answers_score)
  ) as ahead
  cross join gate
  order by asked.n`

const values = (entries: readonly NewEntry[], patience: number | null) => [
  entries.map((entry) => entry.person),
  entries.map((entry) => entry.email),
  entries.map((entry) => entry.name),
  entries.map((entry) => entry.use_case),
  entries.map((entry) => entry.persona),
  entries.map((entry) => entry.locale),
  entries.map((entry) => JSON.stringify(entry.utm)),
  entries.map((entry) => JSON.stringify(entry.metadata)),
  entries.map((entry) => entry.referred_by),
  entries.map((entry) => entry.answers_score),
  entries.map(drawReferralCode),
  patience,
]

const isCodeTaken = (error: unknown) =>
  (error as { constraint?: string }).constraint === 'entries_referral_code_key'

/**
 * Puts all who ask on the list in one statement; gives each their place, in order of asking. Who
 * is there already keeps the first place. A referral code that is taken is drawn again.
 */
export const join = async (
  db: Queryable,
  entries: readonly NewEntry[],
  patience: number | null,
): Promise<Place[]> => {
  try {
    const statement = { name: 'join', text: JOIN, values: values(entries, patience) }
    return (await db.query<Place>(statement)).rows
  } catch (error) {
    if (isCodeTaken(error)) return join(db, entries, patience)
    throw error
  }
}

export type Stats = { total: number; processed_today: number; waiting: number; invited: number }

/** Everyone who joined and has not left; released since midnight UTC; waiting; invited so far. */
export const countEntries = async (db: Queryable): Promise<Stats> => {
  const { rows } = await db.query<Stats>(`
    select coalesce(sum(entries), 0) as total,
           coalesce(sum(entries) filter (where status = 'waiting'), 0) as waiting,
           coalesce(sum(entries) filter (where status in ('invited', 'redeemed')), 0) as invited,
           (
             select count(*) from waitlist.entries
             where invited_at >= date_trunc('day', now() at time zone 'utc') at time zone 'utc'
           ) as processed_today
    from waitlist.entry_counts`)
  return rows[0] as Stats
}

/** Marks those who redeemed an invite, however they came by it. */
export const markRedeemed = (db: Queryable, people: string[]) =>
  db.query(
    `update waitlist.entries set status = 'redeemed', redeemed_at = now()
     where person = any ($1) and status in ('pending', 'waiting', 'invited')`,
    [people],
  )
