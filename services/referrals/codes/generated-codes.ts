// SQL: referral codes that members generate. The caller holds `lockAttribution`, so no other code is
// inserted meanwhile.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { publish } from '@vobee/shared/events/publish'

type Entry = Payload<'waitlist.joined'>['entries'][number]

export type Code = { id: string; code: string; expires_at: string }

/** Returns the newest valid code of a member; null if there is none. */
export const findValidCode = async (db: Queryable, member: string): Promise<Code | null> => {
  const { rows } = await db.query<Code>(sql`
    select id, code, expires_at from referrals.referral_codes
    where user_id = ${member} and is_active and expires_at > now()
    order by created_at desc limit 1`)
  return rows[0] ?? null
}

export const findCode = async (db: Queryable, id: string) => {
  const { rows } = await db.query<Code & { user_id: string }>(sql`
    select id, user_id, code, expires_at from referrals.referral_codes where id = ${id}`)
  return rows[0] ?? null
}

const published = publish(
  'referrals.code_generated',
  { codes: [{ person: sql`person`, code: sql`code`, at: sql`at` }] },
  sql`generated join referrals.members as member on member.id = generated.user_id`,
)

// The time is that of the lock, not of the transaction: the newest code decides at the waitlist.
const insertGenerated = (member: string, code: string, days: number) => sql`
  with generated as (
    insert into referrals.referral_codes (user_id, code, created_at, expires_at, is_generated)
    select ${member}::uuid, ${code}, at, at + make_interval(days => ${days}), true
    from clock_timestamp() as at
    on conflict (code) do nothing
    returning id, user_id, code, expires_at, created_at as at
  ), published as (${published})
  select id, code, expires_at, (select count(*) from published) as published from generated`

/** Inserts a code of a member and publishes it; returns null if the code exists. */
export const insertCode = async (
  db: Queryable,
  member: string,
  { code, days }: { code: string; days: number },
): Promise<Code | null> => {
  const { rows } = await db.query<Code>(insertGenerated(member, code, days))
  return rows[0] ?? null
}

/** Returns the generated codes that entries of other people have got from the waitlist. */
export const findCollisions = async (db: Queryable, entries: readonly Entry[]) => {
  const statement = sql`
    select code.id
    from unnest(${entries.map((entry) => entry.referral_code.toUpperCase())}::text[],
                ${entries.map((entry) => entry.person)}::text[]) as entry (code, person)
    join referrals.referral_codes as code using (code)
    join referrals.members as member on member.id = code.user_id
    where is_generated and member.person <> entry.person`
  const { rows } = await db.query<{ id: string }>(prepared('code-collisions', statement))
  return rows.map(({ id }) => id)
}

/** Replaces the text of a code, and publishes one that is valid. Returns whether the text was free. */
export const replaceCode = async (db: Queryable, id: string, code: string): Promise<boolean> => {
  const { rows } = await db.query(sql`
    with replaced as (
      update referrals.referral_codes set code = ${code}
      where id = ${id} and not exists (select from referrals.referral_codes where code = ${code})
      returning user_id, code, is_active and expires_at > now() as is_valid, clock_timestamp() as at
    ), generated as (select * from replaced where is_valid),
    published as (${published})
    select (select count(*) from published) as published from replaced`)
  return rows.length > 0
}
