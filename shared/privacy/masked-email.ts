// Showing an address without revealing it, as `u***@e***.com`: two letters and its top-level domain.
// SQL and TypeScript have the same rule.
import { raw, type Sql } from '../data/sql.ts'

/** SQL: the masked address in a column. */
export const maskedEmail = (column: string): Sql =>
  raw(`
    left(${column}, 1) || '***@' || left(split_part(${column}, '@', -1), 1) || '***'
      || coalesce(substring(split_part(${column}, '@', -1) from '\\.[^.]*$'), '')`)

/** Returns the masked form of an address. */
export const maskEmail = (email: string): string => {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  const [first = ''] = email
  const [firstOfDomain = ''] = domain
  return `${first}***@${firstOfDomain}***${/\.[^.]*$/.exec(domain)?.[0] ?? ''}`
}
