// Publishing an event: a fragment of the statement that creates the fact. It is the only code that
// inserts into an inbox.
import { empty, join, raw, Sql, sql } from '../data/sql.ts'
import { type EventName, events, type Payload, type Service } from './catalogue.ts'

type Members<T> = { [Name in keyof T]-?: Sql }

/** A list of the payload as `[item]`: one item for each row of the source, or as SQL of jsonb. */
type ListOf<Item> = [Item extends object ? Members<Item> : Sql] | Sql

/** A payload whose members are SQL over the rows of a source. */
export type PayloadSql<P> = {
  [Name in keyof P]-?: P[Name] extends readonly (infer Item)[] ? ListOf<Item> : Sql
}

const object = (members: Record<string, Sql>): Sql =>
  sql`jsonb_build_object(${join(
    Object.entries(members).map(([name, value]) => sql`${raw(`'${name}'`)}, ${value}`),
  )})`

const member = (value: Sql | [Sql | Record<string, Sql>]): Sql => {
  if (!Array.isArray(value)) return value
  const [item] = value
  return sql`jsonb_agg(${item instanceof Sql ? item : object(item)})`
}

/**
 * SQL: inserts the event into the inbox of each consumer that the catalogue names. With a list in
 * the payload one event carries all rows of `source`, and no rows publish nothing; without a list
 * each row is an event. A CTE made of it runs only if the statement reads it: one row per event.
 * @param payload SQL for each member; the catalogue's schema types it.
 * @param source what follows `from`: a table, CTE, subquery or join, with its `where`.
 * @param consumers fewer consumers than the catalogue names.
 */
export const publish = <Name extends EventName>(
  event: Name,
  payload: PayloadSql<Payload<Name>>,
  source: Sql,
  consumers: readonly Service[] = events[event].consumers,
): Sql => {
  const members = Object.entries(payload) as [string, Sql | [Sql]][]
  const isPlural = members.some(([, value]) => Array.isArray(value))
  const built = Object.fromEntries(members.map(([name, value]) => [name, member(value)]))
  const calls = consumers.map((consumer) => raw(`${consumer}.publish('${event}', payload)`))
  return sql`
    select ${join(calls)}
    from (
      select ${object(built)} as payload from ${source} ${isPlural ? sql`having count(*) > 0` : empty}
    ) as published`
}
