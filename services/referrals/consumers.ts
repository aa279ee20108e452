// What referrals does upon what others tell.

import type { Handlers } from '@vobee/shared/events/inbox'
import { storeGate } from '@vobee/shared/gate'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { onPersonErased } from '@vobee/shared/privacy/erase'
import { convert, credit, settle, settleAlone } from './attribution/attribute.ts'
import { forgetPerson } from './members/erase-person.ts'
import { learnLeavers } from './members/leaves.ts'
import { learnConfirmed, learnJoins, learnRedeemers } from './members/members.ts'
import { markMinted, recordUses } from './rewards/grants.ts'

/** @param codeDays how long a referral code is good for. */
export const reactions = (codeDays: number, personKey: PersonKey) =>
  ({
    'gate.evaluated': storeGate('referrals'),
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
    'waitlist.left': async (db, { entries }) => {
      await settleAlone(db)
      await learnLeavers(db, entries)
    },
    'person.erased': onPersonErased('referrals', async (db, erasure) => {
      await settleAlone(db)
      await forgetPerson(db, erasure, personKey)
    }),
    'waitlist.confirmed': {
      all: async (db, told) => {
        const people = told.flatMap(({ entries }) => entries.map((entry) => entry.person))
        await settleAlone(db)
        await learnConfirmed(db, people)
        await credit(db, people)
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
  }) satisfies Handlers<'referrals'>
