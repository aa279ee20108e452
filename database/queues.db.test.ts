// The tables of the queues: who owns them, and how they came there.
import { useDatabase } from '@vobee/testing/database'
import pg from 'pg'
import { getRollbackPlans, PgBoss } from 'pg-boss'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { migrate } from './migrate.ts'
import { findQueueVersion, queueVersion } from './queues.ts'
import { useNewDatabases } from './testing/new-databases.ts'

const db = useDatabase()
const newDatabase = useNewDatabases(db)
const schema = 'waitlist_jobs'

const connect = async (url: string) => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

const owners = async (client: pg.Client) => {
  const { rows } = await client.query(
    `select distinct pg_get_userbyid(owner) as owner from (
       select relowner as owner from pg_class where relnamespace = $1::regnamespace
       union all select proowner from pg_proc where pronamespace = $1::regnamespace
       union all select typowner from pg_type where typnamespace = $1::regnamespace
     ) as objects`,
    [schema],
  )
  return rows.map((row) => row.owner)
}

test('a service uses its queues, and cannot change their tables', async () => {
  const role = await connect(db.urls.waitlist)
  for (const forbidden of [
    `create table ${schema}.mine ()`,
    `alter table ${schema}.job add column mine text`,
    `drop table ${schema}.job`,
  ]) {
    await expect(role.query(forbidden)).rejects.toMatchObject({ code: '42501' })
  }
  const boss = new PgBoss({ connectionString: db.urls.waitlist, schema, migrate: false })
  await boss.start()
  onTestFinished(() => boss.stop({ graceful: false }))
  await boss.createQueue('letters', { policy: 'exclusive', retryLimit: 3 })
  await boss.send('letters', { to: 'ada' })
  expect(await boss.fetch('letters')).toMatchObject([{ data: { to: 'ada' } }])
  await boss.supervise('letters')
})

test('jobs are fetched and completed by indexes before the first analyze', async () => {
  const url = await newDatabase()
  const urls = await migrate(url)
  const owner = await connect(url)
  const role = new pg.Pool({ connectionString: urls.waitlist, max: 2 })
  onTestFinished(() => role.end())
  await owner.query(`
    alter table ${schema}.job_common set (autovacuum_enabled = off);
    select ${schema}.create_queue('mail', '{"policy": "exclusive"}');
    insert into ${schema}.job (name, state, data, policy, singleton_key)
    select 'mail', (case when n % 9 = 0 then 'completed' else 'created' end)::${schema}.job_state,
           '{}', 'exclusive', n::text
    from generate_series(1, 3000) as n`)
  const plans = new Map<string, string>()
  const executeSql = async (text: string, values?: unknown[]) => {
    const [kind] = /name = 'mail'|json_to_recordset/.exec(text) ?? ['']
    const explained = await role.query(`explain ${text}`, values).catch(() => null)
    if (explained) plans.set(kind, explained.rows.map((row) => row['QUERY PLAN']).join('\n'))
    return role.query({ text, values, types: pg.types } as pg.QueryConfig)
  }
  const boss = new PgBoss({ db: { executeSql }, schema, migrate: false, supervise: false })
  await boss.start()
  onTestFinished(() => boss.stop({ graceful: false }))
  await boss.work('mail', { batchSize: 50, perJobResults: true }, async (jobs) =>
    jobs.map(({ id }) => ({ id, status: 'completed' as const })),
  )
  await expect
    .poll(() => plans.get('json_to_recordset'))
    .toContain('Index Scan using job_common_pkey')
  expect(plans.get("name = 'mail'")).toContain('Index Scan using job_common_i11')
  for (const kind of ["name = 'mail'", 'json_to_recordset'])
    expect(plans.get(kind)).not.toMatch(/Sort|Bitmap|Seq Scan/)
})

test('older tables of pg-boss are upgraded with the jobs that wait in them', async () => {
  const url = await newDatabase()
  const urls = await migrate(url)
  const owner = await connect(url)
  await owner.query(`select ${schema}.create_queue('kept', '{"policy": "standard"}')`)
  await owner.query(`insert into ${schema}.job (name, data) values ('kept', '{"n": 7}')`)
  for (const version of [queueVersion, queueVersion - 1, queueVersion - 2, queueVersion - 3])
    await owner.query(getRollbackPlans(schema, version))
  expect(await findQueueVersion(owner, schema)).toBe(queueVersion - 4)
  // As after a restore by pg_restore --no-acl.
  const { username } = new URL(urls.waitlist)
  await owner.query(`revoke all on all tables in schema ${schema} from ${username}`)
  await migrate(url)
  expect(await findQueueVersion(owner, schema)).toBe(queueVersion)
  const role = await connect(urls.waitlist)
  const { rows } = await role.query(`select data from ${schema}.job where name = 'kept'`)
  expect(rows).toEqual([{ data: { n: 7 } }])
})

describe('tables that a service of version 0.2.0 created', () => {
  // An owner as on a managed server: it may create roles, and is no superuser.
  const name = `vobee_taken_${process.pid}`
  const owner = `${name}_owner`
  const url = () => {
    const own = { username: owner, password: 'own', pathname: `/${name}` }
    return Object.assign(new URL(db.ownerUrl), own).href
  }

  afterAll(async () => {
    await db.owner.query(`drop database if exists ${name} with (force)`)
    const { rows } = await db.owner.query('select rolname from pg_roles where rolname like $1', [
      `${name}_%`,
    ])
    for (const { rolname } of rows.toReversed()) await db.owner.query(`drop role ${rolname}`)
  })

  test('become the owner’s while that service runs, with the jobs that wait in them', async () => {
    await db.owner.query(`create role ${owner} login createrole password 'own'`)
    await db.owner.query(`create database ${name} owner ${owner}`)
    const urls = await migrate(url())
    const client = await connect(url())
    const role = new URL(urls.waitlist).username
    await client.query(`drop schema ${schema} cascade; create schema ${schema}`)
    await client.query(`grant usage, create on schema ${schema} to ${role}`)
    const boss = new PgBoss({ connectionString: urls.waitlist, schema, createSchema: false })
    boss.on('error', () => {})
    await boss.start()
    onTestFinished(() => boss.stop({ graceful: false }))
    await boss.createQueue('letters')
    await boss.send('letters', { to: 'ada' })
    expect(await owners(client)).toEqual([role])

    await migrate(url())
    expect(await owners(client)).toEqual([owner])
    expect((await client.query(`select data from ${schema}.job`)).rows).toHaveLength(1)
    expect(await boss.fetch('letters')).toMatchObject([{ data: { to: 'ada' } }])
    await boss.createQueue('more')
    const members = `select from pg_auth_members where roleid = $1::regrole
      and member = current_user::regrole and (to_jsonb(pg_auth_members) ->> 'set_option') = 'true'`
    expect((await client.query(members, [role])).rowCount).toBe(0)
  })
})
