// Erasing a person from a service: in every row a pseudonym takes the place of their person key,
// so that counts and the shape of things stay. Whoever joins with the address again is new.
import { randomBytes } from 'node:crypto'
import { setImmediate as othersFirst } from 'node:timers/promises'
import { runLong, type Transaction } from '../data/database.ts'
import { type EventName, events, type Payload, type Service } from '../events/catalogue.ts'
import type { PersonKey } from './email.ts'

/** An event as it stands in an inbox. */
export type InboxRow = { id: number; event: EventName; payload: unknown }

type ErasedPerson = { person: string; pseudonym: string }

/** What stands for an erased person: random, so that it leads back to nobody. */
export const generatePseudonym = (): string => `erased-${randomBytes(12).toString('hex')}`

/** What stands for their address; `.invalid` is reserved for what is none (RFC 2606). */
export const pseudonymAddress = (pseudonym: string): string => `${pseudonym}@erased.invalid`

/**
 * Puts the pseudonym into the events that were told to `service` before the one of that id, or
 * into all. It waits for those that are being handled, so what they do is seen afterwards.
 */
export const pseudonymizePending = (
  db: Transaction,
  service: Service,
  { person, pseudonym, before = null }: ErasedPerson & { before?: number | null },
) =>
  runLong(
    db,
    `update ${service}.inbox
     set payload = replace(payload::text, $1, $2)::jsonb, error = replace(error, $1, $2)
     where strpos(payload::text, $1) > 0 and ($3::bigint is null or id < $3)`,
    [person, pseudonym, before],
  )

const pseudonymize = (payload: unknown, { person, pseudonym }: ErasedPerson): unknown =>
  JSON.parse(JSON.stringify(payload).replaceAll(person, pseudonym))

/**
 * Puts what tells of erased people first, and their pseudonyms into all that was told before it.
 * Told a second time it renames nothing: that may be of who has joined again.
 */
export const applyErasures = async (
  db: Transaction,
  service: Service,
  rows: readonly InboxRow[],
) => {
  const isErasing = ({ event }: InboxRow) => event === 'person.erased'
  let others = rows.filter((row) => !isErasing(row))
  const erasing = rows.filter(isErasing)
  for (const { id, payload } of erasing) {
    const named = events['person.erased'].payload.parse(payload)
    const { rowCount } = await db.query(
      `insert into ${service}.erased (pseudonym) values ($1) on conflict do nothing`,
      [named.pseudonym],
    )
    if (rowCount === 0) continue
    await pseudonymizePending(db, service, { ...named, before: id })
    others = others.map((row) =>
      row.id < id ? { ...row, payload: pseudonymize(row.payload, named) } : row,
    )
  }
  return [...erasing, ...others]
}

/** Whom to erase from rows that are older than `before`, a time as Postgres writes it. */
export type Erasure = ErasedPerson & { before: string }

// What was under way when it was heard may have ended after it: in less than 2 s, the limit of a
// statement.
const AGAIN_SECONDS = 5

const TOLD = `
  select case when received_at = now() then 'infinity' else received_at::text end as before
  from SERVICE.erased where pseudonym = $1`

const TELL_AGAIN = `
  insert into SERVICE.inbox (event, payload, try_at)
  values ('person.erased', $1, now() + interval '${AGAIN_SECONDS} seconds')`

/**
 * The reaction of `service` to `person.erased`: erases all there is of the person, and again some
 * seconds later what was under way, but nothing that began after the first time. That goes by a
 * pseudonym of its own each time: where a person stands once, an earlier one may stand already.
 */
export const onPersonErased =
  (service: Service, erase: (db: Transaction, erasure: Erasure) => Promise<unknown>) =>
  async (db: Transaction, told: Payload<'person.erased'>) => {
    const { person, pseudonym } = told
    const { rows } = await db.query(TOLD.replace('SERVICE', service), [pseudonym])
    const { before } = rows[0] as { before: string }
    if (before !== 'infinity') {
      return erase(db, { person, pseudonym: generatePseudonym(), before })
    }
    await erase(db, { person, pseudonym: pseudonym, before })
    await db.query(TELL_AGAIN.replace('SERVICE', service), [told])
  }

/** Columns of text or jsonb in which admins write freely, by table. */
type Words = Record<string, readonly string[]>

type Place = { table: string; columns: readonly string[] }

/** SQL: the columns as the text of one JSON object. */
const wordsOf = ({ columns }: Place) =>
  `jsonb_build_object(${columns.map((column) => `'${column}', kept.${column}`).join(', ')})::text`

// In words from which every escape of JSON was taken. What follows the @ is wider than a domain.
const NAMED = "[\\w.'+-]+@[^\\s!-,/:-@[-`{-~]+"

const namedIn = (place: Place) => `
  select distinct named[1] as name
  from ${place.table} as kept
  cross join regexp_matches(
    regexp_replace(${wordsOf(place)}, '\\\\(u....|.)', ' ', 'g'), $2, 'g'
  ) as named
  where strpos(${wordsOf(place)}, '@') > 0 or strpos(${wordsOf(place)}, $1) > 0`

// Only rows in which one of the names stands are looked at closely: that takes ten times as long.
const renameIn = (place: Place) => `
  update ${place.table} as kept
  set (${place.columns}) = (
    select ${place.columns}
    from jsonb_populate_record(kept, regexp_replace(${wordsOf(place)}, $1, $2, 'g')::jsonb)
  )
  where ${wordsOf(place)} ~ $3`

const anyOf = (texts: readonly string[]) =>
  `(?:${texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`

// Nothing of an address goes before; the letter of an escape, as in \nann@example.com, is nothing.
const BEFORE = "((?<![\\w+-]['.]*)|(?<=[^\\\\](\\\\\\\\)*\\\\([bfnrt]|u\\w{4})['.]*))"

/**
 * A pattern of Postgres for any of the names in the text of JSON, but not within another address:
 * ann@example.com stands in joann@example.com.
 */
const mentioning = (names: readonly string[]): string => `${BEFORE}${anyOf(names)}(?![\\w-]|\\.\\w)`

const ADDRESS = /^[.']*(.+@[\p{L}\p{M}\p{N}.-]*[\p{L}\p{M}\p{N}])/u

/** Names between which others have their turn: the keys of 100,000 take 0.3 s. */
const AT_ONCE = 1_000

/** Those of the names that are the person's: their key, and addresses that have it. */
const namesOf = async (person: string, names: readonly string[], personKey: PersonKey) => {
  const found = new Set<string>()
  for (const [n, name] of names.entries()) {
    if (n % AT_ONCE === 0) await othersFirst()
    const address = ADDRESS.exec(name)?.[1] ?? name
    if (address === person || personKey(address) === person) found.add(address)
  }
  return [...found]
}

/**
 * Gives what puts a pseudonym wherever admins named a person of `service`, by person key or by an
 * address however it is spelt: in `words`, table by table, and in what was written down of acts.
 */
export const redactFreeText = (service: Service, words: Words) => {
  const places = Object.entries({ audit: ['reason', 'details'], ...words }).map(
    ([table, columns]): Place => ({ table: `${service}.${table}`, columns }),
  )
  return async (db: Transaction, { person, pseudonym }: ErasedPerson, personKey: PersonKey) => {
    const pattern = `${NAMED}|${anyOf([person])}`
    await db.query(`select set_config('vobee.erasing', 'on', true)`)
    for (const place of places) {
      const found = await runLong<{ name: string }>(db, namedIn(place), [person, pattern])
      const named = found.map(({ name }) => name)
      const names = await namesOf(person, named, personKey)
      if (names.length === 0) continue
      await runLong(db, renameIn(place), [mentioning(names), pseudonym, anyOf(names)])
    }
    await db.query(`select set_config('vobee.erasing', 'off', true)`)
  }
}
