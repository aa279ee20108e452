// The events that invites consumes.
import type { Handlers } from '@vobee/shared/events/inbox'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { onPersonErased } from '@vobee/shared/privacy/erase'
import type { CodeTerms } from './codes/code-format.ts'
import { mintGrants } from './issuing/grants.ts'
import { republishInvitations } from './issuing/republish.ts'
import { issueWave } from './issuing/waves.ts'
import { erasePerson, pseudonymizeForgotten } from './members/erase.ts'
import { blockPeople, unblockPeople } from './revocation/block.ts'
import { recallCodes } from './revocation/recall.ts'

export const handlers = (terms: CodeTerms, personKey: PersonKey): Handlers<'invites'> => ({
  'referrals.earned': (db, { grants }) => mintGrants(db, grants, terms),
  'waitlist.released': (db, wave) => issueWave(db, wave, terms),
  'waitlist.invitation_requested': republishInvitations,
  'person.erased': onPersonErased('invites', (db, erasure) => erasePerson(db, erasure, personKey)),
  'person.forgotten': pseudonymizeForgotten,
  'referrals.recalled': {
    all: (db, events) =>
      recallCodes(
        db,
        events.flatMap(({ recalls }) => recalls),
      ),
  },
  'referrals.blocked': { all: blockPeople },
  'referrals.unblocked': { all: unblockPeople },
})
