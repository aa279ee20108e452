// The tables and sequences of the database: what a backup contains.
import type pg from 'pg'
import { queuesOf, schemaOf, services } from '../roles.ts'

/** Every schema of the system. */
export const schemas = ['access', ...services.flatMap((name) => [schemaOf(name), queuesOf(name)])]

export type Table = {
  name: string
  isPartitioned: boolean
  columns: string[]
  /** The tables that its foreign keys refer to. */
  refers_to: string[]
}

// A partition counts as its whole table. Generated columns cannot be copied in.
const TABLES = `
  select format('%I.%I', nspname, relname) as name, relkind = 'p' as "isPartitioned",
    array(
      select quote_ident(attname) from pg_attribute
      where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = ''
      order by attnum
    ) as columns,
    array(
      select distinct coalesce(pg_partition_root(confrelid), confrelid)::regclass::text
      from pg_constraint
      where contype = 'f' and coalesce(pg_partition_root(conrelid), conrelid) = pg_class.oid
    ) as refers_to
  from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where relkind in ('r', 'p') and not relispartition and nspname = any ($1)
  order by 1`

/** Returns all tables, each after those that it refers to. */
export const listTables = async (db: pg.Client): Promise<Table[]> => {
  const { rows } = await db.query<Table>(TABLES, [schemas])
  const byName = new Map(rows.map((table) => [table.name, table]))
  const sorted = new Set<Table>()
  const add = (table: Table, path: readonly Table[] = []) => {
    if (path.includes(table)) return
    for (const name of table.refers_to) {
      const other = byName.get(name)
      if (other && other !== table) add(other, [...path, table])
    }
    sorted.add(table)
  }
  for (const table of rows) add(table)
  return [...sorted]
}

export type Sequence = { name: string; start: string; last: string | null }

export const listSequences = async (db: pg.Client): Promise<Sequence[]> => {
  const { rows } = await db.query<Sequence>(
    `select format('%I.%I', schemaname, sequencename) as name, start_value::text as start,
            last_value::text as last
     from pg_sequences where schemaname = any ($1) order by 1`,
    [schemas],
  )
  return rows
}

/** Returns the schemas of the system that exist in the database. */
export const findSchemas = async (db: pg.Client): Promise<string[]> => {
  const text = 'select nspname from pg_namespace where nspname = any ($1) order by 1'
  return (await db.query(text, [schemas])).rows.map((row) => row.nspname)
}
