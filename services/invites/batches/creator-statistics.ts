// The statistics of all codes that a creator issued.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { codeStatus } from '../codes/code-status.ts'

export type CreatorStatistics = {
  total_uses: number
  total_codes: number
  active_codes: number
}

const statisticsOf = (creator: string) => sql`
  select count(*) as total_codes,
         count(*) filter (where status = 'active') as active_codes,
         coalesce(sum(max_uses - uses_left), 0) + coalesce(sum(
           case when max_uses is null
             then (select count(*) from invites.uses where code_id = code.id) end
         ), 0) as total_uses
  from (
    select codes.id, max_uses, uses_left, ${codeStatus('codes')} as status
    from invites.batches join invites.codes on codes.batch = batches.id
    where created_by = ${creator}
  ) as code`

export const getCreatorStatistics = (db: Database, creator: string): Promise<CreatorStatistics> =>
  transaction(db, async (connection) => {
    const [statistics] = await runLong<CreatorStatistics>(connection, statisticsOf(creator))
    return statistics as CreatorStatistics
  })
