// What invites do upon what others tell.
import { uponErased } from '@vobee/shared/erasing'
import { copyGate } from '@vobee/shared/gate'
import type { Reactions } from '@vobee/shared/inbox'
import { erasePerson, forgetOwner } from './queries/erasing.ts'
import { type GrantTerms, mintGrants } from './queries/grants.ts'
import { issueWave } from './queries/waves.ts'

export const reactions = (terms: GrantTerms): Reactions<'invites'> => ({
  'gate.evaluated': copyGate('invites'),
  'referrals.earned': (db, { grants }) => mintGrants(db, grants, terms),
  'person.erased': uponErased('invites', erasePerson),
  'person.forgotten': forgetOwner,
  'waitlist.released': (db, wave) => issueWave(db, wave, terms),
})
