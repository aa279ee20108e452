// What a member sees of themselves, and the answers that they may change.
import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import { gateRow } from '@vobee/shared/gate'
import { type Place, positionOf, scoreParts, totalWaiting } from '../line/positions.ts'
import { documentedScoring } from '../scoring/document.ts'
import type { Persona } from '../scoring/personas.ts'
import { referralScore } from '../scoring/referral-score.ts'
import { type Answers, answersScore } from '../scoring/score.ts'
import type { InForce } from '../scoring/versions.ts'

export type Me = Place & {
  email: string
  name: string | null
  use_case: string
  persona: Persona
  locale: string | null
  /** On which day (UTC) each referral counted, newest first; at most 100. */
  counted_on: string[]
  referral_code: string
  joined_at: string
  invited_at: string | null
  redeemed_at: string | null
  confirmed: boolean
  stopped: boolean
}

const ME = `
  select email, name, use_case, persona, locale, status, score, referral_code, joined_at,
         invited_at, redeemed_at, confirmed_at is not null as confirmed,
         mail_stopped_at is not null as stopped,
         credits as referrals, ${scoreParts('entry')} as score_parts,
         array(
           select (heard_at at time zone 'utc')::date::text from waitlist.credits
           where credits.person = entry.person and applied_at is not null
           order by heard_at desc limit 100
         ) as counted_on,
         ${positionOf('entry')} as position,
         ${totalWaiting} as total_waiting,
         not gate.open as invites_paused
  from waitlist.entries as entry cross join (${gateRow('waitlist', 2)}) as gate
  where person = $1`

/** What there is of a person at this moment; null when they are not on the list. */
export const findMe = async (
  db: Queryable,
  person: string,
  patience: number | null,
): Promise<Me | null> => {
  const { rows } = await db.query<Me>({ name: 'me', text: ME, values: [person, patience] })
  return rows[0] ?? null
}

/** New answers; what is undefined stays as it is. */
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

// Nothing is changed when the score is not of the newest version; a re-scoring that comes to this
// row waits for it.
const CHANGE = `
  update waitlist.entries as entry
  set use_case = $2, persona = $3, name = $4, locale = $5, answers_score = $6, scored_with = $7,
      score = $6 + ${referralScore('entry.credits', '$7', 8)} + entry.adjusted
  where person = $1 and (select coalesce(max(id), 0) from waitlist.scoring) = $7`

type Held = Answers & { name: string | null; locale: string | null }

/** Keeps new answers, and scores by them. Null, and nothing done, when the scoring has changed. */
export const changeAnswers = (
  db: Transactable,
  { person, change }: { person: string; change: Change },
  { scoring, version }: InForce,
): Promise<'changed' | 'unknown' | null> =>
  transaction(db, async (connection) => {
    const { rows } = await connection.query<Held>(HOLD, [person])
    if (!rows[0]) return 'unknown'
    const given = Object.entries(change).filter(([, value]) => value !== undefined)
    const next: Held = { ...rows[0], ...Object.fromEntries(given) }
    const changed = await connection.query(CHANGE, [
      person,
      next.use_case,
      next.persona,
      next.name,
      next.locale,
      answersScore(scoring, next),
      version,
      JSON.stringify(documentedScoring),
    ])
    return changed.rowCount ? 'changed' : null
  })
