// Fills a waitlist of any size in minutes: rows first, then indexes, then the counters.
import type pg from 'pg'

type Definition = { name: string; definition: string; is_constraint: boolean }

const readIndexes = async (owner: pg.Pool): Promise<Definition[]> => {
  const { rows } = await owner.query<Definition>(`
    select conname as name, pg_get_constraintdef(oid) as definition, true as is_constraint
    from pg_constraint
    where conrelid = 'waitlist.entries'::regclass and contype in ('p', 'u')
    union all
    select indexrelid::regclass::text, pg_get_indexdef(indexrelid), false
    from pg_index
    where indrelid = 'waitlist.entries'::regclass
      and not exists (select from pg_constraint where conindid = indexrelid)`)
  return rows
}

const drop = ({ name, is_constraint }: Definition) =>
  is_constraint ? `alter table waitlist.entries drop constraint ${name}` : `drop index ${name}`

const add = ({ name, definition, is_constraint }: Definition) =>
  is_constraint ? `alter table waitlist.entries add constraint ${name} ${definition}` : definition

const FILL = `
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
    select score, arrival >> 12, count(*) from waitlist.entries where status = 'waiting'
    group by 1, 2;
  vacuum analyze waitlist.entries;
  vacuum analyze waitlist.line_blocks`

/** Fills an empty waitlist with `size` waiting people who have seven different scores. */
export const fillWaitlist = async (owner: pg.Pool, size: number) => {
  const indexes = await readIndexes(owner)
  await owner.query('alter table waitlist.entries disable trigger user')
  for (const index of indexes) await owner.query(drop(index))
  await owner.query(FILL, [size])
  for (const index of indexes) await owner.query(add(index))
  await owner.query('alter table waitlist.entries enable trigger user')
  for (const statement of COUNTERS.split(';')) await owner.query(statement)
}
