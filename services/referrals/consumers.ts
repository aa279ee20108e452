// What each event of another service changes here.
import type { Handlers } from '@vobee/shared/events/inbox'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { onPersonErased } from '@vobee/shared/privacy/erase'
import { attribute } from './attribution/attribute.ts'
import { type CodeTerms, replaceCollisions } from './codes/generate.ts'
import { recordRedemptions } from './conversions/redemptions.ts'
import { type ReferralTerms, refresh, refreshPeople } from './counting/refresh.ts'
import { recordAutomated, recordSignals } from './fraud/join-signals.ts'
import { findReferredNearby } from './fraud/related.ts'
import { lockAttribution } from './members/attribution-lock.ts'
import { erasePerson, publishForgotten } from './members/erase-person.ts'
import { recordLeaves } from './members/leaves.ts'
import { recordConfirmed, recordJoins } from './members/members.ts'
import { recordPointRules } from './review/points.ts'
import { applyMinted, applyRecalled } from './rewards/answers.ts'
import { recordCodes, recordUses } from './rewards/granted-codes.ts'

export type ConsumerDeps = {
  codes: CodeTerms
  personKey: PersonKey
  terms: ReferralTerms
}

export const handlers = ({ codes, personKey, terms }: ConsumerDeps) =>
  ({
    'waitlist.joined': {
      all: async (db, events) => {
        const entries = events.flatMap((event) => event.entries)
        await lockAttribution(db)
        await replaceCollisions(db, entries, codes.length)
        await recordJoins(db, entries, codes.days)
        await recordSignals(db, entries)
        const attributed = await attribute(db, entries)
        const joined = entries.map((entry) => entry.person)
        const nearby = await findReferredNearby(db, joined)
        await refreshPeople(db, [...joined, ...attributed, ...nearby], terms)
      },
    },
    'waitlist.scoring_changed': recordPointRules,
    'waitlist.left': async (db, { entries }) => {
      await lockAttribution(db)
      await refresh(db, await recordLeaves(db, entries), terms)
    },
    'person.erased': onPersonErased('referrals', async (db, erasure) => {
      await lockAttribution(db)
      await erasePerson(db, erasure, personKey)
      await publishForgotten(db, erasure)
    }),
    'waitlist.confirmed': {
      all: async (db, events) => {
        const entries = events.flatMap((event) => event.entries)
        await lockAttribution(db)
        await recordConfirmed(db, entries)
        await recordAutomated(db, entries)
        const people = entries.map((entry) => entry.person)
        await refreshPeople(db, people, terms)
      },
    },
    'invites.recalled': { all: (db, events) => applyRecalled(db, events, terms.rewards) },
    'invites.granted_codes': {
      all: (db, events) =>
        recordCodes(
          db,
          events.flatMap(({ codes }) => codes),
        ),
    },
    'invites.created': { all: (db, events) => applyMinted(db, events, terms.rewards) },
    'invites.used': {
      all: async (db, events) => {
        const uses = events.flatMap((event) => event.uses)
        await lockAttribution(db)
        await recordUses(db, uses)
        await recordRedemptions(db, uses)
        const people = uses.map((use) => use.person)
        await refreshPeople(db, people, terms)
      },
    },
  }) satisfies Handlers<'referrals'>
