// The fraud score of a referral: a logistic function of its signals.
import {
  ENOUGH_DEVICES,
  ENOUGH_LOOKALIKES,
  ENOUGH_NEIGHBORS,
  type Facts,
  FULL_BURST,
} from './facts.ts'
import type { FraudWeights, Signal } from './weights.ts'

/** So many others on one network are as much as families and small offices bring. */
const FULL_NETWORK = 12
/** A network is crowded from so many others on. */
const CROWD = 24
/** A burst begins at so many times the usual number. */
const BURST = 3
/** Seconds from which on a confirmation, or a conversion, is as fast as a person can be. */
const CONFIRM_SECONDS = 20
const CONVERT_SECONDS = 120

/** One signal of a score. `value` is 0 to 1; `points` add up to the score, about. */
export type Reason = {
  signal: Signal
  value: number
  points: number
  data: Record<string, number>
}

export type Score = { score: number; reasons: Reason[] }

type Observed = [value: number, data?: Record<string, number>]

const portion = (value: number) => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000

const hasBy = (is: boolean): Observed => [is ? 1 : 0]

/** `after` is no signal if it is unknown, or if the fact came before the join. */
const tooFast = (after: number | null, seconds: number): Observed =>
  after === null || after < 0
    ? [0]
    : [(4 / 3) * (1 - after / seconds), { seconds: Math.round(after) }]

const burstOf = ({ in_hour, usual }: Facts): Observed => {
  const times = in_hour / Math.max(1, usual)
  const value = Math.log(times / BURST) / Math.log(FULL_BURST / BURST)
  return [value, { in_hour, usual: Math.round(10 * usual) / 10 }]
}

const observed = (facts: Facts): Record<Signal, Observed> => ({
  referrer_network: hasBy(facts.referrer_network),
  referrer_device: hasBy(facts.referrer_device),
  same_network: [facts.same_network / FULL_NETWORK, { others: facts.same_network }],
  crowded_network: [
    (facts.same_network - CROWD) / (ENOUGH_NEIGHBORS - CROWD),
    { others: facts.same_network },
  ],
  same_device: [facts.same_device / ENOUGH_DEVICES, { others: facts.same_device }],
  lookalike: [facts.same_lookalike / ENOUGH_LOOKALIKES, { others: facts.same_lookalike }],
  disposable: hasBy(facts.disposable),
  burst: burstOf(facts),
  automated: hasBy(facts.automated === true),
  // Without a link the address was confirmed by a key or a token, at once.
  fast_confirmation:
    facts.automated === null ? [0] : tooFast(facts.confirmed_after, CONFIRM_SECONDS),
  fast_conversion: tooFast(facts.converted_after, CONVERT_SECONDS),
})

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** Returns the probability of fraud for signals by value, 0 to 1. */
export const probability = (
  values: Partial<Record<Signal, number>>,
  { bias, ...weights }: FraudWeights,
) => {
  const terms = Object.entries(values) as [Signal, number][]
  return sigmoid(terms.reduce((sum, [signal, value]) => sum + weights[signal] * value, bias))
}

/** A referral without a signal scores 0, whatever the bias. */
export const scoreOf = (facts: Facts, weights: FraudWeights): Score => {
  const signals = (Object.entries(observed(facts)) as [Signal, Observed][])
    .map(([signal, [value, data = {}]]) => ({ signal, value: portion(value), data }))
    .filter(({ value }) => value > 0)
  if (signals.length === 0) return { score: 0, reasons: [] }
  const values = Object.fromEntries(signals.map(({ signal, value }) => [signal, value]))
  const score = Math.round(100 * probability(values, weights))
  const total = signals.reduce((sum, { signal, value }) => sum + weights[signal] * value, 0)
  const reasons = signals.map(({ signal, value, data }) => {
    const share = total > 0 ? (weights[signal] * value) / total : 0
    return { signal, value, points: Math.round(score * share), data }
  })
  return { score, reasons: reasons.sort((a, b) => b.points - a.points) }
}
