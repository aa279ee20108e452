// Searches a database for what must be nowhere in it.
import type pg from 'pg'

/** Returns the rows of these schemas that match a regular expression, each with its table, any case. */
export const findRows = async (
  owner: pg.Pool,
  schemas: readonly string[],
  pattern: string,
): Promise<string[]> => {
  const tables = await owner.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema = any ($1) and table_type = 'BASE TABLE'`,
    [schemas],
  )
  const hits = tables.rows.map(async ({ name }) => {
    const query = `select row::text as text from ${name} as row where row::text ~* $1`
    const { rows } = await owner.query<{ text: string }>(query, [pattern])
    return rows.map(({ text }) => `${name}: ${text}`)
  })
  return (await Promise.all(hits)).flat()
}
