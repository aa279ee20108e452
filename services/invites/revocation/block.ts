// Blocks: a reviewer of referrals blocked a person. A block revokes the unused codes that the person
// has at that moment: those issued to them, and those that they earned. Unblocking undoes that.
import { runLong, type Transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { applyStep } from './apply.ts'
import { lockRevocations } from './apply-step.ts'
import { type Covered, coverCodes } from './cover.ts'
import { markUndone } from './undo.ts'

type BlockEvent = Payload<'referrals.blocked'>
type UnblockEvent = Payload<'referrals.unblocked'>

type Decision = { person: string; at: string }

// Returns nothing for a decision that is not newer than the last one. The person's first decision
// may be an unblock: then the block before it, which arrives later, changes nothing.
const storeDecision = ({ person, at }: Decision, isBlocked: boolean) => sql`
  insert into invites.blocks as stored (person, is_blocked, decided_at)
  values (${person}, ${isBlocked}, ${at})
  on conflict (person) do update
  set is_blocked = excluded.is_blocked, decided_at = excluded.decided_at
  where stored.decided_at < excluded.decided_at
  returning id`

const store = async (db: Transaction, decision: Decision, isBlocked: boolean) =>
  (await db.query<{ id: number }>(storeDecision(decision, isBlocked))).rows[0]?.id ?? null

const codesOf = (people: readonly string[]) => sql`
  select id from invites.codes where issued_person = any (${people})
  union
  select codes.id from invites.batches join invites.codes on codes.batch = batches.id
  where owner_person = any (${people})`

const lockCodes = (people: readonly string[]) => sql`
  select count(*) from (
    select from invites.codes where id in (${codesOf(people)}) order by id for update
  ) as locked`

const unused = (person: string): Sql => sql`
  covered as (
    select id from (${codesOf([person])}) as code
    where not exists (select from invites.uses where code_id = code.id)
  )`

/** Revokes the unused codes of people; a job revokes those beyond the first 5,000 of a person. */
export const blockPeople = async (db: Transaction, events: readonly BlockEvent[]) => {
  const decisions = events.flatMap(({ people, at }) => people.map((one) => ({ ...one, at })))
  await db.query(lockRevocations)
  await runLong(db, lockCodes(decisions.map(({ person }) => person)))
  for (const decision of decisions) {
    const target = await store(db, decision, true)
    if (target === null) continue
    const { person, reason } = decision
    const revocation = { kind: 'block', target, reason, by: 'referrals' } as const
    const [covered] = await runLong<Covered>(db, coverCodes(revocation, unused(person)))
    if (covered) await applyStep(db, covered.id)
  }
}

const findBlock = (target: number) => sql`
  select id from invites.revocations
  where kind = 'block' and target = ${target} and undone_at is null`

/** Restores the codes that blocks of people revoked. */
export const unblockPeople = async (db: Transaction, events: readonly UnblockEvent[]) => {
  const decisions = events.flatMap(({ people, at }) => people.map((person) => ({ person, at })))
  await db.query(lockRevocations)
  for (const decision of decisions) {
    const target = await store(db, decision, false)
    if (target === null) continue
    const { rows } = await db.query<{ id: number }>(findBlock(target))
    for (const { id } of rows) {
      await db.query(markUndone({ id, by: 'referrals' }))
      await applyStep(db, id)
    }
  }
}
