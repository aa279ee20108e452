// Redeeming distinct codes, and one code by all callers, compared to pgbench with the same guarded
// update in one transaction each.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pgbench, wrk } from './programs.ts'
import { type Finding, sideBySide } from './report.ts'
import { ADMIN_KEY, type Stack } from './stack.ts'

const script = join(import.meta.dirname, 'redeem.lua')
const load = { connections: 64, seconds: 8 }
/** More codes than one round can redeem. */
const CODES = 300_000

const guardedUpdate = (number: string) => `${number}
update bench.codes set uses_left = uses_left - 1
where upper(code collate "C") = upper('VOBEE-' || lpad(:n::text, 12, '0') collate "C")
  and uses_left > 0 and revoked_at is null and expires_at > now();
`

const prepareBaseline = async ({ owner, folder }: Stack) => {
  await owner.query(`create schema if not exists bench;
    drop table if exists bench.codes;
    create table bench.codes (like invites.codes including all);
    insert into bench.codes (batch, code, uses_left, expires_at)
    select 1, 'VOBEE-' || lpad(n::text, 12, '0'), 1000000000, now() + interval '7 days'
    from generate_series(1, ${CODES}) as n`)
  await owner.query('vacuum analyze bench.codes')
  const distinct = join(folder, 'distinct.sql')
  const same = join(folder, 'same.sql')
  await writeFile(distinct, guardedUpdate(`\\set n random(1, ${CODES})`))
  await writeFile(same, guardedUpdate('\\set n 1'))
  return { distinct, same }
}

/** Generates codes and stores them in a file. */
const issue = async (service: string, file: string, batch: object) => {
  const reply = await fetch(`${service}/api/invites/generate`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      'content-type': 'application/json',
      accept: 'text/csv',
    },
    body: JSON.stringify(batch),
  })
  if (!reply.ok) throw new Error(await reply.text())
  await writeFile(file, (await reply.text()).replace('code\r\n', '').replaceAll('\r', ''))
}

export const benchRedeem = async (stack: Stack): Promise<Finding[]> => {
  const baseline = await prepareBaseline(stack)
  const service = await stack.start('invites')
  const file = join(stack.folder, 'codes')
  const redeem = async (batch: object) => {
    await issue(service, file, batch)
    await stack.owner.query('vacuum analyze invites.codes, invites.uses')
    return wrk(`${service}/api/invites/redeem`, script, { ...load, args: [file] })
  }
  const distinct = await sideBySide(
    3,
    () => redeem({ batch_size: CODES }),
    () => pgbench(stack.ownerUrl, baseline.distinct, load),
  )
  const same = await sideBySide(
    3,
    () => redeem({ batch_size: 1, max_uses: null }),
    () => pgbench(stack.ownerUrl, baseline.same, load),
  )
  const unit = 'redeems/s'
  return [
    { what: 'redeem of distinct codes, direct, 64 connections', unit, bar: 1, ...distinct },
    { what: 'redeem of one unlimited code by 64 at once', unit, bar: 2, ...same },
  ]
}
