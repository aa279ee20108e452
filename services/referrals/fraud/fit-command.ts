// `npm run fraud:fit`: learns the weights of the fraud signals from reviewed referrals.
import type { Queryable } from '@vobee/shared/data/database'
import { type Case, fitWeights, type Quality, qualityOf } from './fit.ts'
import { readCases } from './reviewed-cases.ts'
import type { FraudSettings } from './settings.ts'
import type { FraudWeights } from './weights.ts'

export { FraudSettings } from './settings.ts'

const LEAST = 50
const LEAST_OF_EACH = 10
const PARTS = 5

const count = (cases: readonly Case[]) => {
  const frauds = cases.filter(({ isFraud }) => isFraud).length
  return { frauds, honest: cases.length - frauds }
}

const partsOf = (cases: readonly Case[], part: number) => ({
  others: cases.filter((_, index) => index % PARTS !== part),
  own: cases.filter((_, index) => index % PARTS === part),
})

/** How weights do on cases that they were not learned from: each fifth by those of the others. */
const estimate = (cases: readonly Case[], start: FraudWeights, holdFrom: number): Quality => {
  const judged = Array.from({ length: PARTS }, (_, part) => {
    const { others, own } = partsOf(cases, part)
    return { own, weights: fitWeights(others, start) }
  })
  return qualityOf(
    judged.flatMap(({ own, weights }) => own.map((one) => ({ ...one, weights }))),
    holdFrom,
  )
}

const percent = (share: number | null) =>
  (share === null ? '–' : `${Math.round(100 * share)} %`).padStart(11)

const line = (name: string, { precision, recall }: Quality) =>
  `${name.padEnd(8)}${percent(precision)}${percent(recall)}`

/** Prints the quality before and after, and the setting. Returns the exit code: 1 for too few cases. */
export const fitCommand = async (
  db: Queryable,
  { FRAUD_HOLD: holdFrom, FRAUD_WEIGHTS: weights }: FraudSettings,
  print: (text: string) => void,
): Promise<number> => {
  const cases = await readCases(db)
  const { frauds, honest } = count(cases)
  print(`${cases.length} reviewed referrals with signals: ${frauds} frauds, ${honest} approved.`)
  if (cases.length < LEAST || Math.min(frauds, honest) < LEAST_OF_EACH) {
    print(
      `Fitting needs ${LEAST}, and ${LEAST_OF_EACH} of each kind. ` +
        'GET /api/referrals/review lists what is held; POST /api/referrals/review decides it.',
    )
    return 1
  }
  const now = qualityOf(
    cases.map((one) => ({ ...one, weights })),
    holdFrom,
  )
  print(`${' '.repeat(10)}precision     recall`)
  print(line('now', now))
  print(line('fitted', estimate(cases, weights, holdFrom)))
  print('The second line judges each fifth by weights learned from the others. To use them, set:')
  print(`FRAUD_WEIGHTS=${JSON.stringify(fitWeights(cases, weights))}`)
  return 0
}
