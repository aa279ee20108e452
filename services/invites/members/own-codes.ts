// The codes of one person: those issued to them, and those that they earned.
import type { Queryable } from '@vobee/shared/data/database'
import { type CodeStatus, codeStatus } from '../codes/code-status.ts'
import { usesHeld } from '../codes/reserved-uses.ts'

export type OwnCode = {
  code: string
  status: CodeStatus
  expires_at: string | null
  /** What can be used now; null: unlimited. */
  remaining_uses: number | null
  /** By bringing others, to be given away; else issued to them. */
  earned: boolean
}

/** Most codes that are told; a person holds a few. */
const MOST = 500

/** Newest first. */
export const ownCodes = async (db: Queryable, person: string): Promise<OwnCode[]> => {
  const { rows } = await db.query<OwnCode>(
    `with own as (
       select * from invites.codes where issued_person = $1
       union
       select code.*
       from invites.batches as batch join invites.codes as code on code.batch = batch.id
       where batch.owner_person = $1
     ), judged as (
       select own.*, ${codeStatus('own')} as status from own
       order by batch desc, id desc limit $2
     )
     select code, status, expires_at,
            case when status = 'active' then uses_left - ${usesHeld('judged')} else 0 end
              as remaining_uses,
            issued_person is distinct from $1 as earned
     from judged order by batch desc, id desc`,
    [person, MOST],
  )
  return rows
}
