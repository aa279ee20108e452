// The consistency check of all services on a database that no service uses yet.
import { type Database, transaction } from '@vobee/shared/data/database'
import type { CheckResult } from '@vobee/shared/ops/consistency-results'
import { recompute as invites } from '../../services/invites/codes/consistency-check.ts'
import { recompute as referrals } from '../../services/referrals/rewards/consistency-check.ts'
import { recompute as waitlist } from '../../services/waitlist/line/consistency-check.ts'

const oneSnapshot = 'set transaction isolation level repeatable read read only'

const checks = { waitlist, invites, referrals }

/** Returns the results by service. */
export const checkConsistency = (db: Database): Promise<Record<string, CheckResult[]>> =>
  transaction(
    db,
    async (connection) => {
      const results: Record<string, CheckResult[]> = {}
      for (const [service, recompute] of Object.entries(checks)) {
        const comparisons = await recompute(connection)
        results[service] = comparisons.map((one) => ({ ...one, ok: one.wrong === 0 }))
      }
      return results
    },
    oneSnapshot,
  )
