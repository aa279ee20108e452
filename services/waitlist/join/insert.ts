// Who waits, and in which order: higher score first, then earlier arrival.
import { randomUUIDv7 } from 'node:crypto'
import { type Queryable, runPipelined, type Transactable } from '@vobee/shared/data/database'
import { gateRow } from '@vobee/shared/gate'
import { totalWaiting } from '../line/positions.ts'
import type { Confirmation } from '../mail/config.ts'
import type { Persona } from '../scoring/personas.ts'
import { answersScore } from '../scoring/score.ts'
import type { InForce } from '../scoring/versions.ts'
import { drawReferralCode } from './referral-code.ts'

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
  /** Joined from an address that scores down. */
  disposable: boolean
}

export type Place = {
  position: number
  total_waiting: number
  referral_code: string
  invites_paused: boolean
}

// Rows are written in the order of their key, so that two batches never wait for each other in a
// circle. Nobody is kept when the scores are not of the newest version. A repeated join is an
// update that changes nothing: it locks and returns the first row, which `do nothing` would not
// show when another replica has just committed it. Its place is the one that a new entry with
// these answers would have.
const JOIN = `
  with asked as (
    select * from rows from (json_to_recordset($1) as (
      id uuid, person text, email text, name text, use_case text, persona text, locale text, utm jsonb,
      metadata jsonb, referred_by text, disposable boolean, answers_score int, referral_code text
    )) with ordinality as t (
      id, person, email, name, use_case, persona, locale, utm,
      metadata, referred_by, disposable, answers_score, referral_code, n
    )
    where (select coalesce(max(id), 0) from waitlist.scoring) = $3
  ), gate as (
    ${gateRow('waitlist', 2)}
  ), kept as (
    insert into waitlist.entries (
      id, person, email, name, use_case, persona, locale, utm, metadata,
      referred_by, disposable, answers_score, referral_code, score, scored_with, status
    )
    select distinct on (person)
      id, person, email, name, use_case, persona, locale, utm, metadata,
      referred_by, disposable, answers_score, referral_code, answers_score, $3,
      case when $4::text = 'place' then 'pending' else 'waiting' end
    from asked
    order by person, n
    on conflict (person) do update set person = excluded.person
    returning id, arrival, person, score, referral_code, referred_by, joined_at, xmax = 0 as is_new
  ), told as (
    select referrals.publish('waitlist.joined', payload), quality_gates.publish('waitlist.joined', payload),
           case when $5::boolean then waitlist.publish('waitlist.joined', payload) end
    from (
      select jsonb_build_object('entries', jsonb_agg(jsonb_build_object(
        'id', id, 'person', person, 'referral_code', referral_code, 'referred_by', referred_by,
        'confirmed', $4::text = 'off', 'at', joined_at
      ))) as payload
      from kept where is_new having count(*) > 0
    ) as news
  ), told_again as (
    select waitlist.publish('waitlist.joined_again', payload)
    from (
      select jsonb_build_object('people', jsonb_agg(person)) as payload
      from kept where not is_new and $5::boolean having count(*) > 0
    ) as news
  ), newcomers as (
    select person, score, row_number() over (order by score desc, arrival) as place
    from kept where is_new and $4::text <> 'place'
  )
  select
    kept.referral_code,
    1 + ahead.waiting + coalesce(
      newcomer.place - 1,
      (select count(*) from newcomers where score >= asked.answers_score)
    ) as position,
    ${totalWaiting}
      + (select count(*) from newcomers) + (newcomer.place is null)::int as total_waiting,
    not gate.open as invites_paused,
    (select count(*) from told) + (select count(*) from told_again) as told
  from asked
  join kept using (person)
  left join newcomers as newcomer using (person)
  cross join lateral (
    select coalesce(sum(waiting), 0) as waiting from waitlist.line_scores
    where score >= coalesce(newcomer.score, asked.answers_score)
  ) as ahead
  cross join gate
  order by asked.n`

export type JoinTerms = {
  /** The scoring that was newest when it was last looked at. */
  inForce: InForce
  /** As `gatePatience` gives it. */
  patience: number | null
  confirmation: Confirmation
  /** Whether who joins is mailed to. */
  mails: boolean
}

// Ids grow with time: random ones touch a page of their index each, which at ten million is read
// from disk.
const values = (entries: readonly NewEntry[], terms: JoinTerms) => {
  const { inForce, patience, confirmation, mails } = terms
  const asked = entries.map((entry) => ({
    ...entry,
    id: randomUUIDv7(),
    answers_score: answersScore(inForce.scoring, entry),
    referral_code: drawReferralCode(),
  }))
  return [JSON.stringify(asked), patience, inForce.version, confirmation, mails]
}

// One batch of joins at a time, among all replicas: its snapshot is taken once the last one has
// committed, so that no two newcomers are told the same place. One plan for all batches: the
// planner's own choice made one for each, a third of the time of joining eight.
const TURN = `
  set local plan_cache_mode = force_generic_plan;
  select pg_advisory_xact_lock(hashtextextended('waitlist: joining', 0))`

/**
 * Puts all who ask on the list in one statement; gives each their place, in order of asking. Who
 * is there already keeps the first place. Who has a place only once confirmed is told the place that
 * would be theirs now. Null, and nothing done, when the scoring has changed.
 */
export const join = async (
  db: Transactable,
  entries: readonly NewEntry[],
  terms: JoinTerms,
): Promise<Place[] | null> => {
  const statement = { name: 'join', text: JOIN, values: values(entries, terms) }
  const { rows } = await runPipelined<Place>(db, TURN, statement)
  return rows.length > 0 ? rows : null
}

/**
 * Whether a generated referral code exists already: about one join in 100,000 among ten million
 * entries.
 */
export const isCodeInUse = (error: unknown) =>
  (error as { constraint?: string }).constraint === 'entries_referral_code_key'

/** The referral code of who is on the list by this person key. */
export const findReferralCode = async (db: Queryable, person: string): Promise<string | null> => {
  const { rows } = await db.query<{ referral_code: string }>(
    'select referral_code from waitlist.entries where person = $1',
    [person],
  )
  return rows[0]?.referral_code ?? null
}
