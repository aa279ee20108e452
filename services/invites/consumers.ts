// What invites do upon what others tell.

import type { Handlers } from '@vobee/shared/events/inbox'
import { storeGate } from '@vobee/shared/gate'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { onPersonErased } from '@vobee/shared/privacy/erase'
import { type GrantTerms, mintGrants } from './issuing/grants.ts'
import { issueWave } from './issuing/waves.ts'
import { erasePerson, forgetOwner } from './members/erase.ts'

export const reactions = (terms: GrantTerms, personKey: PersonKey): Handlers<'invites'> => ({
  'gate.evaluated': storeGate('invites'),
  'referrals.earned': (db, { grants }) => mintGrants(db, grants, terms),
  'person.erased': onPersonErased('invites', (db, erasure) => erasePerson(db, erasure, personKey)),
  'person.forgotten': forgetOwner,
  'waitlist.released': (db, wave) => issueWave(db, wave, terms),
})
