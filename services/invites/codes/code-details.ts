// Reading everything about one code.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { codeStatus } from './code-status.ts'
import { isCode } from './find-code.ts'
import type { ListedCode } from './list-codes.ts'
import { recipientOf } from './recipient.ts'
import { type ReservationState, reservationState, reservedUses } from './reserved-uses.ts'
import type { RevocationKind } from './revocation-kinds.ts'

type Use = { email: string | null; used_at: string }

type Reservation = {
  reservation_id: string
  email: string
  state: ReservationState
  created_at: string
  expires_at: string
}

type Revocation = {
  revocation_id: number
  kind: RevocationKind
  reason: string
  revoked_by: string
  revoked_at: string
  undone_at: string | null
  undone_by: string | null
}

export type CodeDetails = ListedCode & {
  reserved_uses: number
  metadata: Record<string, unknown>
  redemptions: Use[]
  reservations: Reservation[]
  revocations: Revocation[]
}

/** Most uses, and most reservations, in a reply. */
export const MOST = 100

const codeOf = (code: string) => sql`
  select codes.id, code, batch_id, ${codeStatus('codes')} as status,
         case when max_uses is null
           then (select count(*) from invites.uses where code_id = codes.id)
           else max_uses - uses_left end as uses,
         max_uses, uses_left, ${reservedUses('codes')} as reserved_uses,
         ${recipientOf('codes')} as issued_to, created_by, created_at, codes.expires_at, revoked_at,
         entry_id, owner_masked as earned_by, metadata
  from invites.codes join invites.batches as batch on batch.id = codes.batch
  where ${isCode(code)}`

const usesOf = (id: number) => sql`
  select email, used_at from invites.uses where code_id = ${id}
  order by used_at desc limit ${MOST}`

// Those that were cancelled are in no index of their code.
const reservationsOf = (id: number) => sql`
  select id as reservation_id, email, ${reservationState('held')} as state, created_at, expires_at
  from invites.reservations as held where code_id = ${id} and cancelled_at is null
  order by created_at desc limit ${MOST}`

const revocationsOf = (id: number) => sql`
  select id as revocation_id, kind, reason, revoked_by, revoked_at, undone_at, undone_by
  from invites.revoked_codes join invites.revocations on id = revocation_id
  where code_id = ${id}
  order by id desc`

/** Returns a code with its newest uses and reservations; null if it does not exist. */
export const findCodeDetails = (db: Database, code: string): Promise<CodeDetails | null> =>
  transaction(db, async (connection) => {
    type Found = Omit<CodeDetails, 'redemptions' | 'reservations' | 'revocations'>
    const [found] = await runLong<Found & { id: number }>(connection, codeOf(code))
    if (!found) return null
    const { id, ...details } = found
    return {
      ...details,
      redemptions: await runLong<Use>(connection, usesOf(id)),
      reservations: await runLong<Reservation>(connection, reservationsOf(id)),
      revocations: await runLong<Revocation>(connection, revocationsOf(id)),
    }
  })
