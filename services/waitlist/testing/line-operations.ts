// Random changes of the line on several connections, and what must be true of it at every moment.
// line/positions.db.test.ts runs them.
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type Database, openDatabase, transaction } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { generatePseudonym } from '@vobee/shared/privacy/erase'
import fc from 'fast-check'
import type pg from 'pg'
import { adjustScore, removeEntry, restoreEntry } from '../entries/actions/actions.ts'
import { runBulkActions } from '../entries/actions/bulk-run.ts'
import { bulkActions, selectEntries } from '../entries/actions/bulk-select.ts'
import { markRedeemed } from '../entries/mark-redeemed.ts'
import { insertJoins } from '../join/insert.ts'
import { confirmEntry } from '../line/confirm-entry.ts'
import { creditReferrals, voidCredits } from '../line/credits.ts'
import { positionOf, positionsOf } from '../line/positions.ts'
import { erasePeople } from '../members/erase.ts'
import { leave } from '../members/leave.ts'
import { changeAnswers } from '../members/me.ts'
import { type Persona, personas } from '../scoring/personas.ts'
import { readScoring } from '../scoring/versions.ts'
import { moveMembers } from '../waves/members.ts'
import { release } from '../waves/release.ts'
import type { WaveOrder } from '../waves/select.ts'
import { usesOf } from './uses.ts'

const PEOPLE = 600
const LANES = 8

const who = fc.nat({ max: PEOPLE - 1 })
const several = fc.uniqueArray(who, { minLength: 1, maxLength: 12 })
const persona = fc.constantFrom(...personas)
const use_case = fc.constantFrom('to see', 'for marketing', 'a '.repeat(21))

const confirmation = fc.constantFrom('off' as const, 'place' as const)

const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('join' as const),
      ...{ people: several, persona, use_case, confirmation },
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('adjust' as const),
      who,
      by: fc.integer({ min: -40, max: 40 }).filter((by) => by !== 0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom('credit' as const, 'credit' as const, 'redeem' as const),
      people: several,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom('void' as const, 'credit again' as const),
      picks: fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 6 }),
      revision: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('release' as const),
      count: fc.integer({ min: 1, max: 8 }),
      persona: fc.option(persona),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom('remove' as const, 'restore' as const, 'confirm' as const),
      who,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom('erase' as const, 'leave' as const), who }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('change' as const), who, persona, use_case }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('many' as const),
      people: several,
      action: fc.constantFrom(...bulkActions),
    }),
  },
)
type Operation = typeof operation extends fc.Arbitrary<infer Asked> ? Asked : never

/** A run of so many operations. */
export const operations = (count: number) =>
  fc.array(operation, { minLength: count, maxLength: count })

const signalKey = { period: 1, secret: createSecretKey(randomBytes(32)) }

type Credit = { referral_id: string; referrer: string }
type Line = { db: Database; owner: pg.Pool; people: number; credits: Credit[] }

const idOf = async ({ db }: Line, person: string): Promise<string> => {
  const { rows } = await db.query('select id from waitlist.entries where person = $1', [person])
  return rows[0]?.id ?? randomUUID()
}

const waveOf = (count: number, persona: Persona | null): WaveOrder => ({
  wave_id: randomUUID(),
  count,
  search: persona ? { persona } : {},
  named: null,
  expires_in_days: null,
  by: 'test',
  reason: null,
  override_reason: null,
  maxGateAge: null,
})

const perform = async (line: Line, asked: Operation): Promise<unknown> => {
  const { db } = line
  const person = (n: number) => `person ${line.people + n}`
  switch (asked.act) {
    case 'join': {
      const current = await readScoring(db)
      const { persona, use_case, confirmation } = asked
      const entries = asked.people.map((n) => ({
        ...{ person: person(n), email: `${n}@example.com`, name: null, locale: null },
        ...{ persona, use_case, utm: {}, metadata: {}, referred_by: null, disposable: false },
        client: null,
      }))
      const terms = { current, signalKey, maxGateAge: null, confirmation, mails: false }
      return insertJoins(db, entries, { ...terms, codeLength: 8 })
    }
    case 'adjust':
      return adjustScore(db, await idOf(line, person(asked.who)), { by: asked.by, audit: null })
    case 'confirm':
      return confirmEntry(db, { by: 'person', value: person(asked.who) })
    case 'remove':
      return removeEntry(db, await idOf(line, person(asked.who)), null)
    case 'restore': {
      const terms = { audit: null, confirmation: 'off' } as const
      return restoreEntry(db, await idOf(line, person(asked.who)), terms)
    }
    // As the inbox does it: one event in a transaction.
    case 'credit': {
      const credits = asked.people.map((n) => ({ referral_id: randomUUID(), referrer: person(n) }))
      line.credits.push(...credits)
      return transaction(db, (connection) => creditReferrals(connection, credits))
    }
    case 'void':
    case 'credit again': {
      const { length } = line.credits
      const change = asked.act === 'void' ? voidCredits : creditReferrals
      const credits = asked.picks.flatMap((n) => line.credits[n % length] ?? [])
      const revised = credits.map((credit) => ({ ...credit, revision: asked.revision }))
      return transaction(db, async (connection) => {
        await change(connection, revised)
      })
    }
    case 'redeem':
      return markRedeemed(db, usesOf(asked.people.slice(0, 2).map(person)))
    case 'release':
      return release(db, waveOf(asked.count, asked.persona), null)
    case 'change': {
      const { persona, use_case } = asked
      const change = { person: person(asked.who), change: { persona, use_case } }
      return changeAnswers(db, change, await readScoring(db))
    }
    case 'many': {
      const ids = await Promise.all(asked.people.map((n) => idOf(line, person(n))))
      const order = { id: randomUUID(), action: asked.action, search: null, ids, audit: null }
      await transaction(db, (connection) => selectEntries(connection, order))
      const deps = { personKey: String, mail: { confirmation: 'off' } } as const
      return runBulkActions(db, deps, () => false)
    }
    case 'leave':
      return transaction(db, (connection) => leave(connection, person(asked.who)))
    case 'erase': {
      const erased = { person: person(asked.who), pseudonym: generatePseudonym() }
      return transaction(db, (connection) => erasePeople(connection, [erased], String))
    }
  }
}

// One snapshot of everything: each position from the sums against counting, and each sum against
// its rows.
const compare = (name: string, keys: string, counted: string, stored: string) => `
  (select count(*)::int from (${counted}) as counted full join (${stored}) as stored using (${keys})
   where coalesce(counted.n, 0) <> coalesce(stored.n, 0)) as ${name}`

const CHECK = `
  with chosen as materialized (
    select id, status, score, arrival from waitlist.entries where arrival % 3 > 0
  ), ${positionsOf('chosen').text}, line as materialized (
    select id, arrival, score, row_number() over (order by score desc, arrival) as place,
           ${positionOf('entry').text} as position
    from waitlist.entries as entry where status = 'waiting'
  )
  select (select count(*)::int from line where position is distinct from place) as positions,
         (
           select count(*)::int from chosen left join positions using (id) left join line using (id)
           where positions.position is distinct from line.place
         ) as shared_positions,
         ${compare(
           'statuses',
           'status',
           'select status, count(*) as n from waitlist.entries group by 1',
           'select status, entries as n from waitlist.entry_counts',
         )},
         ${compare(
           'confirmed',
           'status',
           'select status, count(confirmed_at) as n from waitlist.entries group by 1',
           'select status, confirmed as n from waitlist.entry_counts',
         )},
         ${compare(
           'scores',
           'score',
           'select score, count(*) as n from line group by 1',
           'select score, waiting as n from waitlist.line_scores',
         )},
         ${compare(
           'blocks',
           'score, block',
           'select score, arrival >> 13 as block, count(*) as n from line group by 1, 2',
           'select score, block, waiting as n from waitlist.line_blocks',
         )},
         ${compare(
           'credits',
           'person',
           'select person, count(applied_at) as n from waitlist.credits group by 1',
           'select person, credits as n from waitlist.entries',
         )}`

/** How many positions and sums are wrong at this moment. */
export const wrongIn = async (owner: pg.Pool) => (await owner.query(CHECK)).rows[0]

export const right = {
  ...{ positions: 0, shared_positions: 0, statuses: 0 },
  ...{ confirmed: 0, scores: 0, blocks: 0, credits: 0 },
}

/**
 * Performs a run from several connections, comparing all the while and at the end.
 * @returns the first comparison in which something was wrong, else the last.
 */
export const performAll = async (line: Line, run: readonly Operation[]) => {
  // People and blocks of arrivals go on from run to run, overlapping.
  line.people += PEOPLE / 2
  await line.owner.query(`
    select setval(pg_get_serial_sequence('waitlist.entries', 'arrival'),
      nextval(pg_get_serial_sequence('waitlist.entries', 'arrival')) + 1500)`)
  const queue = run.values()
  let working = LANES
  const lane = async () => {
    try {
      // Every route, inbox and job runs again after a deadlock.
      for (const asked of queue) await retry(() => perform(line, asked))
    } finally {
      working--
    }
  }
  const lanes = Promise.all(Array.from({ length: LANES }, lane))
  let wrong = right
  const isRight = () => JSON.stringify(wrong) === JSON.stringify(right)
  while (working > 0 && isRight()) {
    wrong = await wrongIn(line.owner)
    await wait(200)
  }
  await lanes
  await moveMembers(line.db, { isStopping: () => false, maxGateAge: () => null })
  return isRight() ? wrongIn(line.owner) : wrong
}

export const openLine = (url: string, owner: pg.Pool): Line => {
  const log = { error: () => {} }
  return { db: openDatabase(url, { name: 'line', max: LANES, log }), owner, people: 0, credits: [] }
}
