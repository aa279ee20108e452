// Erasing a person from a service: in every row a tombstone takes the place of their person key,
// so that counts and the shape of things stay. Whoever joins with the address again is new.
import { randomBytes } from 'node:crypto'
import { runLong, type Transaction } from './database.ts'
import { type EventName, events, type Payload, type Service } from './events.ts'

/** An event as it stands in an inbox. */
export type Row = { id: number; event: EventName; payload: unknown }

type Named = { person: string; tombstone: string }

/** What stands for an erased person: random, so that it leads back to nobody. */
export const drawTombstone = (): string => `erased-${randomBytes(12).toString('hex')}`

/** What stands for their address; `.invalid` is reserved for what is none (RFC 2606). */
export const addressOf = (tombstone: string): string => `${tombstone}@erased.invalid`

/**
 * Puts the tombstone into the events that were told to `service` before the one of that id, or
 * into all. It waits for those that are being handled, so what they do is seen afterwards.
 */
export const renameTold = (
  db: Transaction,
  service: Service,
  { person, tombstone, before = null }: Named & { before?: number | null },
) =>
  runLong(
    db,
    `update ${service}.inbox
     set payload = replace(payload::text, $1, $2)::jsonb, error = replace(error, $1, $2)
     where strpos(payload::text, $1) > 0 and ($3::bigint is null or id < $3)`,
    [person, tombstone, before],
  )

const renamed = (payload: unknown, { person, tombstone }: Named): unknown =>
  JSON.parse(JSON.stringify(payload).replaceAll(person, tombstone))

/**
 * Puts what tells of erased people first, and their tombstones into all that was told before it.
 * Told a second time it renames nothing: that may be of who has joined again.
 */
export const erasedFirst = async (db: Transaction, service: Service, rows: readonly Row[]) => {
  const isErasing = ({ event }: Row) => event === 'person.erased'
  let others = rows.filter((row) => !isErasing(row))
  const erasing = rows.filter(isErasing)
  for (const { id, payload } of erasing) {
    const named = events['person.erased'].payload.parse(payload)
    const { rowCount } = await db.query(
      `insert into ${service}.erased (tombstone) values ($1) on conflict do nothing`,
      [named.tombstone],
    )
    if (rowCount === 0) continue
    await renameTold(db, service, { ...named, before: id })
    others = others.map((row) =>
      row.id < id ? { ...row, payload: renamed(row.payload, named) } : row,
    )
  }
  return [...erasing, ...others]
}

/** Whom to erase from rows that are older than `before`, a time as Postgres writes it. */
export type Erasure = Named & { before: string }

// What was under way when it was heard may have ended after it: in less than 2 s, the limit of a
// statement.
const AGAIN_SECONDS = 5

const TOLD = `
  select case when heard_at = now() then 'infinity' else heard_at::text end as before
  from SERVICE.erased where tombstone = $1`

const TELL_AGAIN = `
  insert into SERVICE.inbox (event, payload, try_at)
  values ('person.erased', $1, now() + interval '${AGAIN_SECONDS} seconds')`

/**
 * The reaction of `service` to `person.erased`: erases all there is of the person, and again some
 * seconds later what was under way, but nothing that began after the first time.
 */
export const uponErased =
  (service: Service, erase: (db: Transaction, erasure: Erasure) => Promise<unknown>) =>
  async (db: Transaction, told: Payload<'person.erased'>) => {
    const { person, tombstone } = told
    const { rows } = await db.query(TOLD.replace('SERVICE', service), [tombstone])
    const { before } = rows[0] as { before: string }
    if (before !== 'infinity') {
      return erase(db, { person, tombstone: `${tombstone}-again`, before })
    }
    await erase(db, { person, tombstone, before })
    await db.query(TELL_AGAIN.replace('SERVICE', service), [told])
  }

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * A pattern of Postgres for any of the texts, in whatever case ('gi'), but not within another
 * address: ann@example.com stands in joann@example.com.
 */
export const mentioning = (texts: readonly string[]): string =>
  `(?<![\\w.+-])(${texts.map(escaped).join('|')})(?![\\w-]|\\.\\w)`

/** Puts the tombstone into what was written down of acts wherever one of the texts stands. */
export const renameInAudit = async (
  db: Transaction,
  service: Service,
  { texts, tombstone }: { texts: readonly string[]; tombstone: string },
) => {
  await db.query(`select set_config('vobee.erasing', 'on', true)`)
  await runLong(
    db,
    `update ${service}.audit
     set reason = regexp_replace(reason, $1, $2, 'gi'),
         details = regexp_replace(details::text, $1, $2, 'gi')::jsonb
     where reason ~* $1 or details::text ~* $1`,
    [mentioning(texts), tombstone],
  )
  await db.query(`select set_config('vobee.erasing', 'off', true)`)
}
