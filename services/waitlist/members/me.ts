// A member's own entry, and changing its answers.
import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import { gateState } from '@vobee/shared/gate'
import { type EntryPosition, positionOf, scoreParts, totalWaiting } from '../line/positions.ts'
import type { Persona } from '../scoring/personas.ts'
import { referralScore } from '../scoring/referral-score.ts'
import { type Answers, answersScore } from '../scoring/score.ts'
import type { CurrentScoring } from '../scoring/versions.ts'

export type Me = EntryPosition & {
  email: string
  name: string | null
  use_case: string
  persona: Persona
  locale: string | null
  /** The day (UTC) on which each referral counted, newest first; at most 100. */
  counted_on: string[]
  referral_code: string
  joined_at: string
  invited_at: string | null
  redeemed_at: string | null
  confirmed: boolean
  stopped: boolean
}

const me = (person: string, maxGateAge: number | null) => sql`
  select email, name, use_case, persona, locale, status, score, referral_code, joined_at,
         invited_at, redeemed_at, confirmed_at is not null as confirmed,
         mail_stopped_at is not null as stopped,
         credits as referrals, ${scoreParts('entry')} as score_parts,
         array(
           select (received_at at time zone 'utc')::date::text from waitlist.credits
           where credits.person = entry.person and applied_at is not null
           order by received_at desc limit 100
         ) as counted_on,
         ${positionOf('entry')} as position,
         ${totalWaiting} as total_waiting,
         not gate.open as invites_paused
  from waitlist.entries as entry cross join (${gateState('waitlist', maxGateAge)}) as gate
  where person = ${person}`

/** Returns the entry of a person as it is now; null if they are not on the list. */
export const findMe = async (
  db: Queryable,
  person: string,
  maxGateAge: number | null,
): Promise<Me | null> => {
  const { rows } = await db.query<Me>(prepared('me', me(person, maxGateAge)))
  return rows[0] ?? null
}

/** New answers; undefined ones stay as they are. */
export type Change = {
  use_case?: string | undefined
  persona?: Persona | undefined
  name?: string | null | undefined
  locale?: string | null | undefined
}

const HOLD = `
  select use_case, persona, name, locale, disposable
  from waitlist.entries where person = $1
  for no key update`

// Changes nothing if the score is not by the newest version. A re-scoring waits for this row's lock.
const update = (person: string, next: Held, { scoring, version }: CurrentScoring) => {
  const answers = answersScore(scoring, next)
  const referrals = referralScore(sql`entry.credits`, sql`${JSON.stringify(scoring)}::jsonb`)
  return sql`
    update waitlist.entries as entry
    set use_case = ${next.use_case}, persona = ${next.persona}, name = ${next.name},
        locale = ${next.locale}, answers_score = ${answers}::int, scored_with = ${version},
        score = ${answers}::int + ${referrals} + entry.adjusted
    where person = ${person}
      and (select coalesce(max(id), 0) from waitlist.scoring) = ${version}`
}

type Held = Answers & { name: string | null; locale: string | null }

/** Stores new answers and their score. Returns null, and changes nothing, if the scoring changed. */
export const changeAnswers = (
  db: Transactable,
  { person, change }: { person: string; change: Change },
  current: CurrentScoring,
): Promise<'changed' | 'unknown' | null> =>
  transaction(db, async (connection) => {
    const { rows } = await connection.query<Held>(HOLD, [person])
    if (!rows[0]) return 'unknown'
    const given = Object.entries(change).filter(([, value]) => value !== undefined)
    const next: Held = { ...rows[0], ...Object.fromEntries(given) }
    const changed = await connection.query(update(person, next, current))
    return changed.rowCount ? 'changed' : null
  })
