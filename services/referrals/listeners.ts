// What referrals does upon what others tell.
import { copyGate } from '@vobee/shared/gate'
import type { Reactions } from '@vobee/shared/inbox'
import { learnJoins, learnRedeemers } from './queries/members.ts'
import { markMinted, recordUses } from './queries/rewards.ts'
import { convert, credit, settle, settleAlone } from './queries/settling.ts'

/** @param codeDays how long a referral code is good for. */
export const reactions = (codeDays: number) =>
  ({
    'gate.evaluated': copyGate('referrals'),
    'waitlist.joined': {
      all: async (db, told) => {
        const entries = told.flatMap((some) => some.entries)
        await settleAlone(db)
        await learnJoins(db, entries, codeDays)
        const settled = await settle(db, entries)
        const people = [...entries.map((entry) => entry.person), ...settled]
        await credit(db, people)
        await convert(db, people)
      },
    },
    'invites.created': (db, { grants, at }) => markMinted(db, grants, at),
    'invites.used': {
      all: async (db, told) => {
        const uses = told.flatMap((some) => some.uses)
        await settleAlone(db)
        await recordUses(db, uses)
        await learnRedeemers(db, uses)
        const people = uses.map((use) => use.person)
        await convert(db, people)
      },
    },
  }) satisfies Reactions<'referrals'>
