// Reading all data that is stored of a person.
import { runLong, type Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { codeStatus } from '../codes/code-status.ts'
import { recipientOf } from '../codes/recipient.ts'
import { codesOfPerson } from './own-codes.ts'
import type { StoredData } from './stored-data.ts'

const codesOf = (person: string) => sql`
  select code, batch_id, ${codeStatus('code')} as status, ${recipientOf('code')} as issued_to, entry_id,
         uses_left, created_at, code.expires_at, revoked_at, issued_person is distinct from ${person} as earned
  from (${codesOfPerson(person)}) as code
  join invites.batches as batch on batch.id = code.batch
  order by code.batch, code.id`

const usesOf = (person: string) => sql`
  select code, batch_id, email, used_at
  from invites.uses
  join invites.codes as code on code.id = code_id
  join invites.batches as batch on batch.id = code.batch
  where person = ${person}
  order by used_at`

const reservationsOf = (person: string) => sql`
  select code, batch_id, email, reservation.created_at, reservation.expires_at, confirmed_at,
         cancelled_at
  from invites.reservations as reservation
  join invites.codes as code on code.id = code_id
  join invites.batches as batch on batch.id = code.batch
  where person = ${person}
  order by reservation.created_at`

const batchesOf = (person: string) => sql`
  select batch_id, size, created_by, created_at, metadata
  from invites.batches where creator_person = ${person}
  order by id`

const blocksOf = (person: string) => sql`
  select is_blocked, decided_at from invites.blocks where person = ${person}`

/** Returns the person's codes, uses, reservations and blocks, and the batches in their name. */
export const readStored = async (db: Transaction, person: string): Promise<StoredData> => ({
  codes: await runLong<StoredData['codes'][number]>(db, codesOf(person)),
  uses: await runLong<StoredData['uses'][number]>(db, usesOf(person)),
  reservations: await runLong<StoredData['reservations'][number]>(db, reservationsOf(person)),
  batches: await runLong<StoredData['batches'][number]>(db, batchesOf(person)),
  blocks: await runLong<StoredData['blocks'][number]>(db, blocksOf(person)),
})
