// What each event changes here, and which mail it triggers.
import type { Handlers } from '@vobee/shared/events/inbox'
import { markRedeemed } from './entries/mark-redeemed.ts'
import { storeGeneratedCodes } from './join/generated-codes.ts'
import { creditReferrals, deleteOrphanedCredits, voidCredits } from './line/credits.ts'
import type { Notifications } from './mail/notifications.ts'
import { forgetRedemption } from './members/erase.ts'

export const handlers = (notifications: Notifications) =>
  ({
    'waitlist.joined': (db, { entries }) => notifications.joined(db, entries),
    'waitlist.joined_again': (db, { people }) => notifications.joinedAgain(db, people),
    'invites.issued': (db, event) => notifications.issued(db, event),
    'invites.reissued': (db, { codes }) => notifications.reissued(db, codes),
    'invites.used': (db, { uses }) => markRedeemed(db, uses),
    'person.forgotten': async (db, { person, at }) => {
      await deleteOrphanedCredits(db, person)
      await forgetRedemption(db, person, at)
    },
    'referrals.voided': {
      all: (db, events) =>
        voidCredits(
          db,
          events.flatMap(({ referrals }) => referrals),
        ),
    },
    'referrals.code_generated': (db, { codes }) => storeGeneratedCodes(db, codes),
    'referrals.credited': {
      all: async (db, events) => {
        const credits = events.flatMap(({ referrals }) => referrals)
        await notifications.movedUp(db, await creditReferrals(db, credits))
      },
    },
  }) satisfies Handlers<'waitlist'>
