// SQL: publishing the state of codes that were earned, so that referrals knows which of them can be
// used.
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'

/**
 * SQL: publishes those rows of the CTE `changed` (id, batch, revoked_at, expires_at) that belong to
 * grants. The rows are locked or new: so the versions of a code are in the order of its changes.
 */
export const publishGrantedCodes = (changed: string): Sql =>
  publish(
    'invites.granted_codes',
    {
      codes: [
        {
          code_id: sql`code.id`,
          grant_id: sql`batch.grant_id`,
          is_revoked: sql`code.revoked_at is not null`,
          expires_at: sql`code.expires_at`,
          version: sql`nextval('invites.granted_code_versions')`,
        },
      ],
    },
    sql`
      ${raw(changed)} as code join invites.batches as batch on batch.id = code.batch
      where batch.grant_id is not null`,
  )
