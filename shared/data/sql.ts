// SQL as tagged templates. `sql` numbers the parameters, those of nested fragments included, so a
// fragment can stand in any statement.
import type { Sql } from 'sql-template-tag'

export { default as sql, empty, join, raw, Sql } from 'sql-template-tag'

/**
 * Names a statement, so that each connection parses it once. The text must be the same at every
 * call: only values may differ.
 */
export const prepared = (name: string, { text, values }: Sql) => ({ name, text, values })
