// Fills tables of any size in minutes: rows first, then indexes, then the counters.
import type pg from 'pg'

type Definition = { name: string; definition: string; is_constraint: boolean }

const readIndexes = async (owner: pg.Pool, table: string): Promise<Definition[]> => {
  const { rows } = await owner.query<Definition>(
    `
    select conname as name, pg_get_constraintdef(oid) as definition, true as is_constraint
    from pg_constraint
    where conrelid = $1::regclass and contype in ('p', 'u')
    union all
    select indexrelid::regclass::text, pg_get_indexdef(indexrelid), false
    from pg_index
    where indrelid = $1::regclass
      and not exists (select from pg_constraint where conindid = indexrelid)`,
    [table],
  )
  return rows
}

/** Runs `fill` on a table without triggers and indexes. */
const fillTable = async (owner: pg.Pool, table: string, fill: string, size: number) => {
  const indexes = await readIndexes(owner, table)
  const keys = await owner.query<{ statement: string; again: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as statement,
            format('alter table %s add constraint %I %s not valid',
                   conrelid::regclass, conname, pg_get_constraintdef(oid)) as again
     from pg_constraint where contype = 'f' and $1::regclass in (conrelid, confrelid)`,
    [table],
  )
  await owner.query(`alter table ${table} disable trigger user`)
  for (const { statement } of keys.rows) await owner.query(statement)
  for (const { name, is_constraint } of indexes)
    await owner.query(
      is_constraint ? `alter table ${table} drop constraint ${name}` : `drop index ${name}`,
    )
  await owner.query(fill, [size])
  for (const { name, definition, is_constraint } of indexes)
    await owner.query(
      is_constraint ? `alter table ${table} add constraint ${name} ${definition}` : definition,
    )
  for (const { again } of keys.rows) await owner.query(again)
  await owner.query(`alter table ${table} enable trigger user`)
  await owner.query(`vacuum analyze ${table}`)
}

const ENTRIES = `
  insert into waitlist.entries
    (person, email, use_case, persona, referral_code, answers_score, score, joined_at)
  select md5(n::text) || n, 'crowd' || n || '@example.com', 'To see what it does', 'other',
         upper(md5('code' || n)), 5 + 5 * (n % 7), 5 + 5 * (n % 7),
         now() - make_interval(secs => ($1 - n) / 10.0)
  from generate_series(1, $1::int) as n`

const COUNTERS = `
  truncate waitlist.entry_counts, waitlist.line_scores, waitlist.line_blocks;
  insert into waitlist.entry_counts select status, count(*) from waitlist.entries group by 1;
  insert into waitlist.line_scores
    select score, count(*) from waitlist.entries where status = 'waiting' group by 1;
  insert into waitlist.line_blocks
    select score, arrival >> 13, count(*) from waitlist.entries where status = 'waiting'
    group by 1, 2;
  vacuum analyze waitlist.line_blocks`

/** Fills an empty waitlist with `size` waiting people who have seven different scores. */
export const fillWaitlist = async (owner: pg.Pool, size: number) => {
  await fillTable(owner, 'waitlist.entries', ENTRIES, size)
  for (const statement of COUNTERS.split(';')) await owner.query(statement)
}

const MEMBERS = `
  insert into referrals.members (id, person, masked, joined_at, known_at, confirmed)
  select md5('member' || n)::uuid, md5(n::text) || n, 'u***@e***.com', at, at, n % 10 > 0
  from generate_series(1, $1::int) as n
  cross join lateral (select now() - interval '365 days' * ((n * 7919::bigint) % 1000003 / 1000003.0)
                      as at) as time`

const CODES = `
  insert into referrals.referral_codes (user_id, code, created_at, expires_at)
  select id, 'CODE' || row_number() over (), joined_at, joined_at + interval '180 days'
  from referrals.members where $1 > 0`

// Each member is referred, by one of a twentieth of them: some refer many, most refer few.
const REFERRALS = `
  insert into referrals.referrals (
    referrer_user_id, referred_user_id, source, state, reason, status, created_at, counted_at,
    converted_at
  )
  select md5('member' || 1 + floor(power(random(), 2) * ($1::int / 20))::int)::uuid, id,
         case when random() < 0.8 then 'code' else 'share' end, state,
         case when state = 'void' then 'fraud' end,
         case when converted then 'converted' else 'pending' end, joined_at, joined_at,
         case when converted then joined_at + interval '30 days' * power(random(), 4) end
  from referrals.members
  cross join lateral (
    select case when pick < 0.05 then 'void' when pick < 0.1 then 'held'
                when confirmed then 'counted' else 'joined' end as state,
           id::text > '8' as converted
    from (select random() as pick, id) as picked
  ) as chosen
  where $1 > 0`

/**
 * Fills empty referrals with `size` members of the last year, each referred by another, and counts
 * them with the statement of the migration. Returns how long counting took, in ms.
 */
export const fillReferrals = async (owner: pg.Pool, size: number): Promise<number> => {
  await fillTable(owner, 'referrals.members', MEMBERS, size)
  await fillTable(owner, 'referrals.referral_codes', CODES, size)
  await fillTable(owner, 'referrals.referrals', REFERRALS, size)
  const started = performance.now()
  await owner.query('select referrals.rebuild_reports()')
  const took = performance.now() - started
  for (const table of ['report_counts', 'referrer_days', 'referrer_totals'])
    await owner.query(`vacuum analyze referrals.${table}`)
  return took
}
