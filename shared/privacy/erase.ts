// Erasing a person from a service: a random pseudonym replaces their person key in every row, so
// counts and the referral tree keep their shape. A person who joins again later is new.
import { randomBytes } from 'node:crypto'
import { runLong, type Transaction } from '../data/database.ts'
import { raw, sql } from '../data/sql.ts'
import { events, type Payload, type Service } from '../events/catalogue.ts'
import type { InboxRow } from '../events/inbox.ts'

export type ErasedPerson = { person: string; pseudonym: string }

/** Returns a random name for an erased person, which leads back to nobody. */
export const generatePseudonym = (): string => `erased-${randomBytes(12).toString('hex')}`

/** Whether a person key is the name of an erased person. */
export const isPseudonym = (person: string): boolean => person.startsWith('erased-')

/** Returns the address for a pseudonym; `.invalid` is reserved (RFC 2606). */
export const pseudonymAddress = (pseudonym: string): string => `${pseudonym}@erased.invalid`

/** Members of events that identify the same person as the member `person` beside them. */
const PERSONAL = new Set(['entry_id', 'email', 'masked'])

/** Replaces the person in a payload, and removes what stands beside them. */
const pseudonymize = (value: unknown, erased: ErasedPerson): unknown => {
  const { person, pseudonym } = erased
  if (typeof value === 'string') return value.replaceAll(person, pseudonym)
  if (Array.isArray(value)) return value.map((item) => pseudonymize(item, erased))
  if (typeof value !== 'object' || value === null) return value
  const isTheirs = Object.values(value).includes(person)
  const members = Object.entries(value).map(([name, member]) => [
    name,
    isTheirs && PERSONAL.has(name) ? null : pseudonymize(member, erased),
  ])
  return Object.fromEntries(members)
}

type Pending = ErasedPerson & { before?: number | null }

const lockPending = (service: Service, { person, before = null }: Pending) => sql`
  select id, payload from ${raw(service)}.inbox
  where strpos(payload::text, ${person}) > 0 and (${before}::bigint is null or id < ${before})
  order by id
  for update`

const replacePending = (service: Service, { person, pseudonym }: ErasedPerson, rows: object[]) =>
  sql`
    update ${raw(service)}.inbox as event
    set payload = replaced.payload, error = replace(error, ${person}, ${pseudonym})
    from json_to_recordset(${JSON.stringify(rows)}) as replaced (id bigint, payload jsonb)
    where event.id = replaced.id`

/**
 * Replaces the person in the events of the inbox: in those with a smaller id than `before`, or in
 * all. Waits for events that are being handled, so their effects are visible afterwards.
 */
export const pseudonymizePending = async (db: Transaction, service: Service, erased: Pending) => {
  const found = await runLong<InboxRow>(db, lockPending(service, erased))
  if (found.length === 0) return
  const rows = found.map(({ id, payload }) => ({ id, payload: pseudonymize(payload, erased) }))
  await runLong(db, replacePending(service, erased, rows))
}

const isErasure = ({ event }: InboxRow) => event === 'person.erased'

/**
 * Prepares a batch of the inbox: puts `person.erased` first, and the pseudonym into every event
 * published before it. The second delivery of the same erasure changes no event: those may be of a
 * person who joined again.
 */
export const applyErasures = async (
  db: Transaction,
  service: Service,
  rows: readonly InboxRow[],
): Promise<InboxRow[]> => {
  let others = rows.filter((row) => !isErasure(row))
  const erasures = rows.filter(isErasure)
  for (const { id, payload } of erasures) {
    const erased = events['person.erased'].payload.parse(payload)
    const { rowCount } = await db.query(sql`
      insert into ${raw(service)}.erased (pseudonym) values (${erased.pseudonym})
      on conflict do nothing`)
    if (rowCount === 0) continue
    await pseudonymizePending(db, service, { ...erased, before: id })
    others = others.map((row) =>
      row.id < id ? { ...row, payload: pseudonymize(row.payload, erased) } : row,
    )
  }
  return [...erasures, ...others]
}

/** An erasure from rows that are older than `before`, a time as Postgres writes it. */
export type Erasure = ErasedPerson & { before: string }

// A transaction that was in progress at the first pass ends in less than 2 s, the statement timeout.
const SECOND_PASS_SECONDS = 5

const receivedAt = (service: Service, pseudonym: string) => sql`
  select case when received_at = now() then 'infinity' else received_at::text end as before
  from ${raw(service)}.erased where pseudonym = ${pseudonym}`

const scheduleSecondPass = (service: Service, event: Payload<'person.erased'>) => sql`
  insert into ${raw(service)}.inbox (event, payload, try_at)
  values ('person.erased', ${JSON.stringify({ ...event, second_pass: true })},
          now() + interval '${raw(String(SECOND_PASS_SECONDS))} seconds')`

/**
 * Returns the handler of `person.erased`. It erases the person, and seconds later a second time what
 * transactions in progress had written meanwhile, but nothing that began after the first pass. The
 * second pass uses a pseudonym of its own: the first may already stand in a unique column.
 */
export const onPersonErased =
  (service: Service, erase: (db: Transaction, erasure: Erasure) => Promise<unknown>) =>
  async (db: Transaction, event: Payload<'person.erased'>) => {
    const { person, pseudonym } = event
    const { rows } = await db.query<{ before: string }>(receivedAt(service, pseudonym))
    const { before } = rows[0] as { before: string }
    if (before !== 'infinity') {
      return erase(db, { person, pseudonym: generatePseudonym(), before })
    }
    await erase(db, { person, pseudonym, before })
    await db.query(scheduleSecondPass(service, event))
  }
