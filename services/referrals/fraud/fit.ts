// Learns the weights of the fraud signals from reviewed cases: logistic regression, one weight at a time
// by Newton's method. Leaving the present weights has a price, so a few cases change them little, and a
// signal that no case has keeps its weight.
import { probability } from './score.ts'
import { defaultWeights, type FraudWeights, LARGEST, type Signal } from './weights.ts'

/** A reviewed referral: the values of its signals, and what the reviewer found. */
export type Case = { values: Partial<Record<Signal, number>>; isFraud: boolean }

export type Quality = {
  /** How many of the held cases are frauds, and how many of the frauds are held; null of none. */
  precision: number | null
  recall: number | null
}

type Name = keyof FraudWeights

const names = Object.keys(defaultWeights) as Name[]
const PENALTY = 1
const SWEEPS = 200
const LARGEST_STEP = 2
const CLOSE = 1e-4

const readValue = ({ values }: Case, name: Name) => (name === 'bias' ? 1 : (values[name] ?? 0))

const limited = (name: Name, weight: number) =>
  Math.min(LARGEST, Math.max(name === 'bias' ? -LARGEST : 0, weight))

type Fit = { cases: readonly Case[]; start: FraudWeights; weights: FraudWeights }

/** Returns a better weight, the others unchanged. */
const improve = ({ cases, start, weights }: Fit, name: Name): number => {
  let slope = PENALTY * (weights[name] - start[name])
  let curve = PENALTY
  for (const found of cases) {
    const value = readValue(found, name)
    if (value === 0) continue
    const p = probability(found.values, weights)
    slope += (p - Number(found.isFraud)) * value
    curve += p * (1 - p) * value * value
  }
  const step = Math.min(LARGEST_STEP, Math.max(-LARGEST_STEP, slope / curve))
  return limited(name, weights[name] - step)
}

const rounded = (weights: FraudWeights) =>
  Object.fromEntries(
    names.map((name) => [name, Math.round(100 * weights[name]) / 100]),
  ) as FraudWeights

/** Returns the weights that explain the cases best, starting from given ones. */
export const fitWeights = (cases: readonly Case[], start: FraudWeights): FraudWeights => {
  const weights = { ...start }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = 0
    for (const name of names) {
      const before = weights[name]
      weights[name] = improve({ cases, start, weights }, name)
      moved = Math.max(moved, Math.abs(weights[name] - before))
    }
    if (moved < CLOSE) break
  }
  return rounded(weights)
}

/** Returns how well weights hold the frauds among cases, and nothing else. */
export const qualityOf = (
  judged: readonly (Case & { weights: FraudWeights })[],
  holdFrom: number,
): Quality => {
  const held = judged.filter(
    ({ values, weights }) => Math.round(100 * probability(values, weights)) >= holdFrom,
  )
  const frauds = judged.filter(({ isFraud }) => isFraud).length
  const caught = held.filter(({ isFraud }) => isFraud).length
  const share = (of: number) => (of === 0 ? null : caught / of)
  return { precision: share(held.length), recall: share(frauds) }
}
