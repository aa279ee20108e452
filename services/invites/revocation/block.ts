// Blocks: a reviewer of referrals blocked a person. A block revokes the unused codes that the person
// has at that moment: those issued to them, and those that they earned.
import { runLong, type Transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { applyStep } from './apply.ts'
import { lockRevocations } from './apply-step.ts'
import { type Covered, coverCodes } from './cover.ts'

type Event = Payload<'referrals.blocked'>
type Block = Event['people'][number] & Pick<Event, 'at'>

const codesOf = (people: readonly string[]) => sql`
  select id from invites.codes where issued_person = any (${people})
  union
  select codes.id from invites.batches join invites.codes on codes.batch = batches.id
  where owner_person = any (${people})`

const lockCodes = (people: readonly string[]) => sql`
  select count(*) from (
    select from invites.codes where id in (${codesOf(people)}) order by id for update
  ) as locked`

// An event that arrives again covers nothing, even if an admin has undone the block since.
const unused = ({ person, at }: Block): Sql => sql`
  covered as (
    select id from (${codesOf([person])}) as code
    where not exists (select from invites.uses where code_id = code.id)
      and not exists (
        select from invites.revocations as earlier
        where earlier.person = ${person} and earlier.revoked_at >= ${at}::timestamptz
      )
  )`

/** Revokes the unused codes of people; a job revokes those beyond the first 5,000 of a person. */
export const blockPeople = async (db: Transaction, blocks: readonly Block[]) => {
  await db.query(lockRevocations)
  await runLong(db, lockCodes(blocks.map(({ person }) => person)))
  for (const block of blocks) {
    const { person, reason, at } = block
    const revocation = { kind: 'block', of: { person }, reason, by: 'referrals', at } as const
    const [covered] = await runLong<Covered>(db, coverCodes(revocation, unused(block)))
    if (covered) await applyStep(db, covered.id)
  }
}
