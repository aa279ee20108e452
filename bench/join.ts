// Joins, direct and through the gateway, compared to inserting the same row in one transaction each.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pgbench, wrk } from './programs.ts'
import { type Finding, sideBySide } from './report.ts'
import type { Stack } from './stack.ts'

const script = join(import.meta.dirname, 'join.lua')
const load = { connections: 64, seconds: 8 }

const plainInsert = `\\set n random(1, 1000000000)
insert into bench.entries
  (person, email, use_case, persona, referral_code, answers_score, score)
values (gen_random_uuid()::text, 'u' || :n || '@example.com',
  'I want to use VoBee for marketing automation', 'agency', gen_random_uuid()::text, 15, 15);
`

/** Returns a pgbench script that inserts the row of a join. */
export const prepareInsert = async ({ owner, folder }: Stack): Promise<string> => {
  await owner.query(`create schema if not exists bench;
    drop table if exists bench.entries;
    create table bench.entries (like waitlist.entries including all)`)
  const file = join(folder, 'insert.sql')
  await writeFile(file, plainInsert)
  return file
}

/** Resolves when the consumers have processed the events of the previous run. */
const untilProcessed = async ({ owner }: Stack) => {
  for (;;) {
    const { rows } = await owner.query(`
      select exists (select from referrals.inbox) or exists (select from quality_gates.inbox)
        as waiting`)
    if (!rows[0].waiting) return
    await wait(200)
  }
}

export const benchJoin = async (stack: Stack): Promise<Finding[]> => {
  const file = await prepareInsert(stack)
  const baseline = () => pgbench(stack.ownerUrl, file, load)
  const waitlist = await stack.start('waitlist')
  const direct = await sideBySide(
    3,
    () => wrk(`${waitlist}/api/waitlist/join`, script, load),
    baseline,
  )
  const findings: Finding[] = [
    { what: 'join, direct, 64 connections', unit: 'joins/s', bar: 1, ...direct },
  ]
  for (const name of ['invites', 'referrals', 'quality-gates'] as const) await stack.start(name)
  const gateway = await stack.start('gateway')
  await untilProcessed(stack)
  const through = await sideBySide(
    3,
    () => wrk(`${gateway}/api/waitlist/join`, script, load),
    baseline,
  )
  findings.push({
    what: 'join through the gateway, 64 connections',
    unit: 'joins/s',
    bar: 0.5,
    ...through,
  })
  return findings
}
