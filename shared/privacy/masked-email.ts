// Showing an address without revealing it.
import { raw, type Sql } from '../data/sql.ts'

/** SQL: the address in a column as `u***@e***.com`: two letters and the top-level domain of it. */
export const maskedEmail = (column: string): Sql =>
  raw(`
    left(${column}, 1) || '***@' || left(split_part(${column}, '@', -1), 1) || '***'
      || coalesce(substring(split_part(${column}, '@', -1) from '\\.[^.]*$'), '')`)
