// The weights of the fraud signals: the setting FRAUD_WEIGHTS.
import { z } from 'zod'

const defaults = {
  bias: -4,
  referrer_network: 0.5,
  referrer_device: 1,
  same_network: 1.5,
  same_device: 3,
  lookalike: 3,
  disposable: 1,
  burst: 1,
  automated: 1.5,
  fast_confirmation: 2,
  fast_conversion: 1,
}

export type Signal = Exclude<keyof typeof defaults, 'bias'>
export type FraudWeights = Record<Signal | 'bias', number>

export const defaultWeights: FraudWeights = defaults

const LARGEST = 20

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
