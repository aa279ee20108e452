import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeTiers, rewardsFor } from './reward-rules.ts'

const first3 = { type: 'invite_codes', amount: 3, reason: 'First 3 referrals' }
const first10 = { type: 'invite_codes', amount: 5, reason: '10 referrals milestone' }
const first25 = { type: 'premium', duration: '1 month', reason: '25 referrals milestone' }
const bonus = { type: 'quality_bonus', amount: 2, reason: 'High quality referrals' }

describe('rewards', () => {
  test('under three there is none', () => {
    expect(rewardsFor(2, 1)).toEqual([])
  })

  test('they accumulate at 3, 10 and 25', () => {
    expect(rewardsFor(3, 0)).toEqual([first3])
    expect(rewardsFor(9, 0)).toEqual([first3])
    expect(rewardsFor(10, 0)).toEqual([first3, first10])
    expect(rewardsFor(25, 0)).toEqual([first3, first10, first25])
  })

  test('quality is rewarded above 0.8 and from five on', () => {
    expect(rewardsFor(5, 0.8)).toEqual([first3])
    expect(rewardsFor(4, 0.81)).toEqual([first3])
    expect(rewardsFor(5, 0.81)).toEqual([first3, bonus])
  })

  test('more referrals never take a reward away', () => {
    fc.assert(
      fc.property(fc.nat({ max: 60 }), fc.nat({ max: 60 }), (few, more) => {
        expect(rewardsFor(few + more, 0.5)).toEqual(expect.arrayContaining(rewardsFor(few, 0.5)))
      }),
    )
  })
})

describe('codes that are granted', () => {
  const codesAt = (counted: number) =>
    codeTiers.filter((tier) => counted >= tier.referrals).reduce((sum, tier) => sum + tier.codes, 0)

  test('one at the first, three in all at three, eight in all at ten', () => {
    expect([0, 1, 2, 3, 9, 10, 25].map(codesAt)).toEqual([0, 1, 1, 3, 3, 8, 8])
  })

  test('from three on they are what the rewards say, so no code is promised twice', () => {
    for (const counted of [3, 10, 25]) {
      const promised = rewardsFor(counted, 0)
        .map((reward) => (reward.type === 'invite_codes' ? reward.amount : 0))
        .reduce((sum, amount) => sum + amount, 0)
      expect(codesAt(counted)).toBe(promised)
    }
  })
})
