// How well the scores find the frauds of a population.
import type { TestDatabase } from '@vobee/testing/database'
import type { Quality } from '../../fraud/fit.ts'
import type { Person } from './person.ts'

export type Verdict = { kind: string; isFraud: boolean; isCaught: boolean }

/** Returns a verdict on each referral: whether it is a fraud, and whether it is held or void. */
export const verdictsOf = async (db: TestDatabase, people: readonly Person[]) => {
  const { rows } = await db.owner.query<{ person: string; is_caught: boolean }>(`
    select person, state in ('held', 'void') as is_caught
    from referrals.referrals join referrals.members as referred on referred.id = referred_user_id`)
  const byName = new Map(people.map((person) => [person.name, person]))
  return rows.map(({ person, is_caught }): Verdict => {
    const fraud = byName.get(person)?.fraud ?? null
    return { kind: fraud ?? 'honest', isFraud: fraud !== null, isCaught: is_caught }
  })
}

export const qualityOfVerdicts = (verdicts: readonly Verdict[]): Quality => {
  const caught = verdicts.filter(({ isCaught }) => isCaught)
  const frauds = verdicts.filter(({ isFraud }) => isFraud)
  const both = caught.filter(({ isFraud }) => isFraud).length
  return { precision: both / caught.length, recall: both / frauds.length }
}

/** Returns a line for the output of a test. */
export const report = (verdicts: readonly Verdict[]): string => {
  const { precision, recall } = qualityOfVerdicts(verdicts)
  const kinds = [...Map.groupBy(verdicts, ({ kind }) => kind)]
    .map(([kind, all]) => `${kind} ${all.filter(({ isCaught }) => isCaught).length}/${all.length}`)
    .sort()
  return `precision ${precision?.toFixed(3)}, recall ${recall?.toFixed(3)}; held or void: ${kinds.join(', ')}`
}
