// Everything that is kept of one person.
import { runLong, type Transaction } from '@vobee/shared/data/database'
import { codeStatus } from '../codes/code-status.ts'
import type { OwnData } from './stored-data.ts'

const CODES = `
  select code, batch_id, ${codeStatus('code')} as status, issued_to, uses_left, created_at,
         code.expires_at, revoked_at, issued_person is distinct from $1 as earned
  from (
    select * from invites.codes where issued_person = $1
    union
    select codes.*
    from invites.batches join invites.codes on codes.batch = batches.id
    where owner_person = $1
  ) as code
  join invites.batches as batch on batch.id = code.batch
  order by code.batch, code.id`

const USES = `
  select code, batch_id, email, used_at
  from invites.uses
  join invites.codes as code on code.id = code_id
  join invites.batches as batch on batch.id = code.batch
  where person = $1
  order by used_at`

const RESERVATIONS = `
  select code, batch_id, email, reservation.created_at, reservation.expires_at, confirmed_at,
         cancelled_at
  from invites.reservations as reservation
  join invites.codes as code on code.id = code_id
  join invites.batches as batch on batch.id = code.batch
  where person = $1
  order by reservation.created_at`

const BATCHES = `
  select batch_id, size, created_by, created_at, metadata
  from invites.batches where creator_person = $1
  order by id`

/** Codes issued to them and earned, what they used and reserved, and what was made in their name. */
export const readOwn = async (db: Transaction, person: string): Promise<OwnData> => ({
  codes: await runLong<OwnData['codes'][number]>(db, CODES, [person]),
  uses: await runLong<OwnData['uses'][number]>(db, USES, [person]),
  reservations: await runLong<OwnData['reservations'][number]>(db, RESERVATIONS, [person]),
  batches: await runLong<OwnData['batches'][number]>(db, BATCHES, [person]),
})
