// The codes of a member: issued to them, or earned by them.
import type { Queryable } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { type CodeStatus, codeStatus } from '../codes/code-status.ts'
import { reservedUses } from '../codes/reserved-uses.ts'

export type OwnCode = {
  code: string
  status: CodeStatus
  expires_at: string | null
  /** Uses that are available now; null: unlimited. */
  remaining_uses: number | null
  /** Earned by referrals, to give away; otherwise issued to the member. */
  earned: boolean
}

/** SQL: the rows of `codes` that were issued to the person or earned by them. */
export const codesOfPerson = (person: string): Sql => sql`
  select * from invites.codes where issued_person = ${person}
  union
  select codes.*
  from invites.batches join invites.codes on codes.batch = batches.id
  where owner_person = ${person}`

/** Most codes in a reply; a person has a few. */
const MOST = 500

const listOwn = (person: string) => sql`
  with own as (${codesOfPerson(person)}),
  listed as (
    select own.*, ${codeStatus('own')} as status from own
    order by batch desc, id desc limit ${MOST}
  )
  select code, status, expires_at,
         case when status = 'active' then uses_left - ${reservedUses('listed')} else 0 end
           as remaining_uses,
         issued_person is distinct from ${person} as earned
  from listed order by batch desc, id desc`

/** Returns the codes of a person, newest first. */
export const listOwnCodes = async (db: Queryable, person: string): Promise<OwnCode[]> =>
  (await db.query<OwnCode>(listOwn(person))).rows
