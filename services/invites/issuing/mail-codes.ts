// Publishing the codes of a batch for the mail to the address that the admin gave.
import type { Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import type { Recipient } from './insert-codes.ts'

/** Codes that a mail lists. */
const LISTED = 100

const publishMail = (batch: number, { email, person }: NonNullable<Recipient>) =>
  publish(
    'invites.issued',
    {
      codes: sql`'[]'::jsonb`,
      mail: sql`jsonb_build_object(
        'batch_id', batch_id, 'person', ${person}::text, 'email', ${email}::text,
        'codes', codes, 'count', size
      )`,
    },
    sql`
      (
        select batch_id, size, (
          select jsonb_agg(code)
          from (
            select code from invites.codes where batch = batches.id order by id limit ${LISTED}
          ) as listed
        ) as codes
        from invites.batches where id = ${batch}
      ) as issued`,
  )

/** Publishes a mail to the recipient, in the transaction that issues the batch. */
export const mailCodes = (db: Transaction, batch: number, recipient: NonNullable<Recipient>) =>
  db.query(publishMail(batch, recipient))
