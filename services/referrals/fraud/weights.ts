// The weights of the fraud signals: the setting FRAUD_WEIGHTS.
import { z } from 'zod'

// Fitted to 20,000 generated people (testing/population), who say nothing about the last four: for
// them, being on the referrer's network is what families do, and no network is crowded.
const defaults = {
  bias: -7.2,
  same_network: 2.8,
  same_device: 6.4,
  lookalike: 6.6,
  disposable: 3.2,
  burst: 2.5,
  automated: 2.3,
  fast_confirmation: 5.3,
  referrer_network: 0.3,
  referrer_device: 0.5,
  fast_conversion: 1,
  crowded_network: 4,
}

export type Signal = Exclude<keyof typeof defaults, 'bias'>
export type FraudWeights = Record<Signal | 'bias', number>

export const defaultWeights: FraudWeights = defaults

export const LARGEST = 20

// No signal speaks for a referral.
const weight = (name: string, value: number) =>
  z
    .number()
    .min(name === 'bias' ? -LARGEST : 0)
    .max(LARGEST)
    .default(value)

const isUnknown: z.core.$ZodErrorMap = (issue) =>
  issue.code === 'unrecognized_keys' ? `has unknown signals: ${issue.keys.join(', ')}` : undefined

/** The weights that differ from the defaults. */
export const Weights = z.strictObject(
  Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, weight(name, value)]),
  ) as Record<keyof typeof defaults, z.ZodDefault<z.ZodNumber>>,
  { error: isUnknown },
)
