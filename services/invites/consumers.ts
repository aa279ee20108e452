// The events that invites consumes.
import type { Handlers } from '@vobee/shared/events/inbox'
import { storeGate } from '@vobee/shared/gate'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { onPersonErased } from '@vobee/shared/privacy/erase'
import type { CodeTerms } from './codes/code-format.ts'
import { mintGrants } from './issuing/grants.ts'
import { republishInvitations } from './issuing/republish.ts'
import { issueWave } from './issuing/waves.ts'
import { erasePerson, pseudonymizeOwner } from './members/erase.ts'

export const handlers = (terms: CodeTerms, personKey: PersonKey): Handlers<'invites'> => ({
  'gate.evaluated': storeGate('invites'),
  'referrals.earned': (db, { grants }) => mintGrants(db, grants, terms),
  'waitlist.released': (db, wave) => issueWave(db, wave, terms),
  'waitlist.invitation_requested': republishInvitations,
  'person.erased': onPersonErased('invites', (db, erasure) => erasePerson(db, erasure, personKey)),
  'person.forgotten': pseudonymizeOwner,
  'referrals.recalled': async () => {},
  'referrals.blocked': async () => {},
})
