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

const findNames = (target: Target, person: string) => sql`
  select distinct named[1] as name
  from ${target.table} as stored
  cross join regexp_matches(
    regexp_replace(${textOf(target)}, '\\\\(u....|.)', ' ', 'g'),
    ${`${ADDRESS_IN_TEXT}|${anyOf([person])}`}, 'g'
  ) as named
  where strpos(${textOf(target)}, '@') > 0 or strpos(${textOf(target)}, ${person}) > 0`

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

/** Returns the names that are the person's: their key, and addresses with that key. */
const namesOf = async (person: string, names: readonly string[], personKey: PersonKey) => {
  const found = new Set<string>()
  for (const [n, name] of names.entries()) {
    if (n % PER_TURN === 0) await nextTurn()
    const address = ADDRESS.exec(name)?.[1] ?? name
    if (address === person || personKey(address) === person) found.add(address)
  }
  return [...found]
}

/**
 * Returns a function that puts the pseudonym wherever admins named the person, by person key or by
 * an address in any spelling: in `columns`, table by table, and in the audit log of the service.
 */
export const redactFreeText = (service: Service, columns: TextColumns) => {
  const targets = Object.entries({ audit: ['reason', 'details'], ...columns }).map(
    ([table, columns]): Target => ({ table: raw(`${service}.${table}`), columns }),
  )
  return async (db: Transaction, { person, pseudonym }: ErasedPerson, personKey: PersonKey) => {
    await db.query(`select set_config('vobee.erasing', 'on', true)`)
    for (const target of targets) {
      const found = await runLong<{ name: string }>(db, findNames(target, person))
      const mentioned = found.map(({ name }) => name)
      const names = await namesOf(person, mentioned, personKey)
      if (names.length > 0) await runLong(db, redact(target, { names, pseudonym }))
    }
    await db.query(`select set_config('vobee.erasing', 'off', true)`)
  }
}
