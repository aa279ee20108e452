// Redacting free text: admins may name a person in reasons and metadata, by address or person key.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { runLong, type Transaction } from '../data/database.ts'
import { join, raw, type Sql, sql } from '../data/sql.ts'
import type { Service } from '../events/catalogue.ts'
import type { PersonKey } from './email.ts'
import type { ErasedPerson } from './erase.ts'

/** Columns of text or jsonb with free text, by table. */
type TextColumns = Record<string, readonly string[]>

type Target = { table: Sql; columns: readonly string[] }

/** SQL: the columns as the text of one JSON object. */
const textOf = ({ columns }: Target): Sql =>
  sql`jsonb_build_object(${join(columns.map((name) => raw(`'${name}', stored.${name}`)))})::text`

// Matches in text without JSON escapes. What follows the @ is wider than a domain.
const ADDRESS_IN_TEXT = "[\\w.'+-]+@[^\\s!-,/:-@[-`{-~]+"

const findNames = (target: Target, people: readonly string[]) => sql`
  select distinct named[1] as name
  from ${target.table} as stored
  cross join regexp_matches(
    regexp_replace(${textOf(target)}, '\\\\(u....|.)', ' ', 'g'),
    ${`${ADDRESS_IN_TEXT}|${anyOf(people)}`}, 'g'
  ) as named
  where strpos(${textOf(target)}, '@') > 0 or ${textOf(target)} ~ ${anyOf(people)}`

type Replacement = { names: readonly string[]; pseudonym: string }

// Only rows that contain one of the names are rewritten: the exact pattern takes ten times as long.
const redact = (target: Target, { names, pseudonym }: Replacement) => {
  const columns = raw(target.columns.join(', '))
  return sql`
    update ${target.table} as stored
    set (${columns}) = (
      select ${columns}
      from jsonb_populate_record(
        stored, regexp_replace(${textOf(target)}, ${mentionOf(names)}, ${pseudonym}, 'g')::jsonb
      )
    )
    where ${textOf(target)} ~ ${anyOf(names)}`
}

const anyOf = (texts: readonly string[]) =>
  `(?:${texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`

// No character of an address precedes; the letter of an escape (\nann@example.com) is none.
const BEFORE = "((?<![\\w+-]['.]*)|(?<=[^\\\\](\\\\\\\\)*\\\\([bfnrt]|u\\w{4})['.]*))"

/**
 * Returns a Postgres pattern for any of the names in the text of JSON, but not inside another
 * address: joann@example.com contains ann@example.com.
 */
const mentionOf = (names: readonly string[]): string => `${BEFORE}${anyOf(names)}(?![\\w-]|\\.\\w)`

const ADDRESS = /^[.']*(.+@[\p{L}\p{M}\p{N}.-]*[\p{L}\p{M}\p{N}])/u

/** Names between two turns of the event loop: hashing 100,000 takes 0.3 s. */
const PER_TURN = 1_000

/** Returns the names that are the people's: their keys, and addresses with those keys. */
const namesOf = async (
  pseudonyms: ReadonlyMap<string, string>,
  names: readonly string[],
  personKey: PersonKey,
) => {
  const found = new Map<string, Set<string>>()
  for (const [n, name] of names.entries()) {
    if (n % PER_TURN === 0) await nextTurn()
    const address = ADDRESS.exec(name)?.[1] ?? name
    const pseudonym = pseudonyms.get(address) ?? pseudonyms.get(personKey(address))
    if (pseudonym) found.set(pseudonym, (found.get(pseudonym) ?? new Set()).add(address))
  }
  return [...found].map(([pseudonym, own]) => ({ pseudonym, names: [...own] }))
}

/**
 * Returns a function that puts pseudonyms wherever admins named the people, by person key or by
 * an address in any spelling: in `columns`, table by table, and in the audit log of the service.
 */
export const redactFreeText = (service: Service, columns: TextColumns) => {
  const targets = Object.entries({ audit: ['reason', 'details'], ...columns }).map(
    ([table, columns]): Target => ({ table: raw(`${service}.${table}`), columns }),
  )
  return async (
    db: Transaction,
    erased: ErasedPerson | readonly ErasedPerson[],
    personKey: PersonKey,
  ) => {
    const pseudonyms = new Map([erased].flat().map(({ person, pseudonym }) => [person, pseudonym]))
    await db.query(`select set_config('vobee.erasing', 'on', true)`)
    for (const target of targets) {
      const found = await runLong<{ name: string }>(db, findNames(target, [...pseudonyms.keys()]))
      const mentioned = found.map(({ name }) => name)
      for (const replacement of await namesOf(pseudonyms, mentioned, personKey)) {
        await runLong(db, redact(target, replacement))
      }
    }
    await db.query(`select set_config('vobee.erasing', 'off', true)`)
  }
}
