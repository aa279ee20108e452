// What the waitlist does upon what others tell.
import { copyGate } from '@vobee/shared/gate'
import type { Reactions } from '@vobee/shared/inbox'
import { creditReferrals } from './queries/credits.ts'
import { markRedeemed } from './queries/entries.ts'

export const reactions: Reactions<'waitlist'> = {
  'gate.evaluated': copyGate('waitlist'),
  'invites.used': (db, { uses }) =>
    markRedeemed(
      db,
      uses.map((use) => use.person),
    ),
  'referrals.credited': (db, { referrals }) => creditReferrals(db, referrals),
}
