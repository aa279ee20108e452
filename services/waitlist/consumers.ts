// What the waitlist does upon what others tell, and upon what it tells itself to mail later.

import type { Handlers } from '@vobee/shared/events/inbox'
import { storeGate } from '@vobee/shared/gate'
import { markRedeemed } from './entries/mark-redeemed.ts'
import { creditReferrals, deleteOrphanedCredits } from './line/credits.ts'
import type { News } from './mail/notifications.ts'

export const reactions = (news: News): Handlers<'waitlist'> => ({
  'gate.evaluated': storeGate('waitlist'),
  'waitlist.joined': (db, { entries }) => news.joined(db, entries),
  'waitlist.joined_again': (db, { people }) => news.joinedAgain(db, people),
  'invites.issued': (db, { codes }) => news.issued(db, codes),
  'invites.used': (db, { uses }) =>
    markRedeemed(
      db,
      uses.map((use) => use.person),
    ),
  'person.forgotten': (db, { person }) => deleteOrphanedCredits(db, person),
  'referrals.credited': async (db, { referrals }) =>
    news.movedUp(db, await creditReferrals(db, referrals)),
})
