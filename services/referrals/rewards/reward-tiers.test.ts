import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SettingsError } from '@vobee/shared/ops/settings'
import { testSettings } from '@vobee/testing/settings'
import { expect, onTestFinished, test } from 'vitest'
import { ReferralsSettings } from '../config.ts'
import { thresholdsOf } from './reward-tiers.ts'

const read = (env: Record<string, string>) =>
  testSettings(ReferralsSettings, 'postgres://database', env).REWARD_TIERS

const errorsOf = (env: Record<string, string>) => {
  try {
    return read(env)
  } catch (error) {
    return (error as SettingsError).errors
  }
}
const tiers = (value: unknown) => ({ REWARD_TIERS: JSON.stringify(value) })

test('by default the grants have the keys of version 0.4.0, and the documented amounts', () => {
  const amounts = thresholdsOf(read({})).map(({ grant_key, amount }) => [grant_key, amount])
  expect(Object.fromEntries(amounts)).toEqual({
    'invite_codes:1': 1,
    'invite_codes:3': 2,
    'invite_codes:10': 5,
    'premium:25': 1,
    quality_bonus: 2,
  })
})

test('the rewards can come from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vobee-tiers-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'tiers.json')
  const premium = { type: 'premium', reason: 'Friends', referrals: 2, duration: '1 week' }
  writeFileSync(path, JSON.stringify([premium]))
  expect(read({ REWARD_TIERS_FILE: path })).toEqual([premium])
})

test('every error of the rewards is reported with its place', () => {
  expect(errorsOf({ REWARD_TIERS: '[' })).toEqual([
    expect.stringMatching(/^REWARD_TIERS: must be JSON: /),
  ])
  const steps = [
    { referrals: 3, codes: 3 },
    { referrals: 3, codes: 5 },
  ]
  const wrong = [
    { type: 'invite_codes', reason: 'Friends', steps },
    { type: 'premium', reason: '', referrals: 0, duration: '1 month' },
    {
      type: 'quality_bonus',
      reason: 'Quality',
      referrals: 5,
      quality: 80,
      amount: 2,
      color: 'red',
    },
    { type: 'money' },
  ]
  expect(errorsOf(tiers(wrong))).toEqual([
    'REWARD_TIERS.0.steps: must ascend in referrals and in codes',
    'REWARD_TIERS.1.reason: must not be empty',
    'REWARD_TIERS.1.referrals: must be at least 1',
    'REWARD_TIERS.2.quality: must be at most 1',
    'REWARD_TIERS.2: has an unknown member',
    'REWARD_TIERS.3.type: must be one of invite_codes, premium, quality_bonus',
  ])
  const twice = { type: 'premium', reason: 'Friends', referrals: 2, duration: '1 week' }
  expect(errorsOf(tiers([twice, twice]))).toEqual([
    'REWARD_TIERS: must not reward the same number of referrals twice with the same type',
  ])
})
