// What an action is on: a code as people type it, a code with its tree, or a batch.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { isCode } from './find-code.ts'

type Kind = 'code' | 'batch' | 'tree'

/** `name` is a code, or the `batch_id` of a batch. */
export type Target<K extends Kind = Kind> = { kind: K; name: string }

const idOf = ({ kind, name }: Target) =>
  kind === 'batch'
    ? sql`select id from invites.batches where batch_id = ${name}`
    : sql`select id from invites.codes where ${isCode(name)}`

/** Returns the id of the code or batch, or null if it does not exist. */
export const findTargetId = async (db: Queryable, target: Target): Promise<number | null> =>
  (await db.query<{ id: number }>(idOf(target))).rows[0]?.id ?? null
