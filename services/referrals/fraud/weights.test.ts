import { json, readSettings } from '@vobee/shared/ops/settings'
import { expect, test } from 'vitest'
import { defaultWeights, Weights } from './weights.ts'

const read = (FRAUD_WEIGHTS: string) =>
  readSettings({ FRAUD_WEIGHTS: json(Weights, {}) }, { FRAUD_WEIGHTS }).FRAUD_WEIGHTS

test('weights that are not given have their defaults', () => {
  expect(read('')).toEqual(defaultWeights)
  expect(read('{"burst": 2}')).toEqual({ ...defaultWeights, burst: 2 })
})

test('each error names its weight', () => {
  const errors = () => read('{"burst": -1, "bias": "low", "ip": 1, "lookalike": 21}')
  expect(errors).toThrow('FRAUD_WEIGHTS.bias: must be a number')
  expect(errors).toThrow('FRAUD_WEIGHTS.burst: must be at least 0')
  expect(errors).toThrow('FRAUD_WEIGHTS.lookalike: must be at most 20')
  expect(errors).toThrow('FRAUD_WEIGHTS: has unknown signals: ip')
})
