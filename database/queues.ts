// The tables of the job queues: pg-boss in a schema of each service, such as `waitlist_jobs`. The
// migration creates, upgrades and owns them, so that the owner can back them up; services only use
// them.

import type pg from 'pg'
import { getConstructionPlans, getMigrationPlans, getRollbackPlans } from 'pg-boss'

/** Returns the statements of pg-boss without its own transaction around them. */
const withoutTransaction = (plan: string): string => {
  const [, statements] = /pg_advisory_xact_lock\(.+\);\n([\s\S]+)COMMIT;\s*$/.exec(plan) ?? []
  if (!statements) throw new Error('pg-boss describes its tables in an unknown way.')
  return statements.replace(/^\s*;\n/, '').trim()
}

const creation = (schema: string) =>
  withoutTransaction(getConstructionPlans(schema, { createSchema: false }))

/** The version of pg-boss's tables that this version of the software uses. */
export const queueVersion = Number(
  /\.version\(version\) VALUES \('(\d+)'\)/.exec(creation('jobs'))?.[1],
)

/** Returns the SQL that creates the tables: those of today, or of an earlier version. */
export const queueTables = (schema: string, version = queueVersion): string => {
  const steps = Array.from({ length: queueVersion - version }, (_, n) =>
    withoutTransaction(getRollbackPlans(schema, queueVersion - n)),
  )
  return [creation(schema), ...steps].join('\n')
}

/** The queue that has most jobs in a launch: those of `mail-groups` are fewer, each for many mails. */
const BUSY = 'mail'

/**
 * Returns the SQL that gives a new table of jobs the statistics of a busy queue. Without them, until
 * the first analyze, each fetch sorted all jobs that waited, and each completion read all jobs of the
 * queue: 12 and 6 ms with 13,000 of them. An analyze of an empty table keeps statistics.
 */
export const queueStatistics = (schema: string): string => `
insert into ${schema}.job_common (name, state, data, created_on)
select '${BUSY}', (array['created', 'completed'])[1 + n % 2]::${schema}.job_state, '{}',
       now() - make_interval(secs => n)
from generate_series(1, 200) as n;
analyze ${schema}.job_common;
delete from ${schema}.job_common;
`

/** Returns the version of the tables in a schema; null if there are none. */
export const findQueueVersion = async (db: pg.Client, schema: string): Promise<number | null> => {
  const { rows } = await db.query('select to_regclass($1) is not null as found', [
    `${schema}.version`,
  ])
  if (!rows[0].found) return null
  return (await db.query(`select version from ${schema}.version`)).rows[0].version
}

// Until version 0.2.0 the services created the tables, which belong to their roles since.
const FOREIGN = `
  select kind || ' ' || name as object, pg_get_userbyid(owner) as owner
  from (
    select 'table' as kind, oid::regclass::text as name, relowner as owner, relnamespace as schema
    from pg_class where relkind in ('r', 'p')
    union all
    select 'function', oid::regprocedure::text, proowner, pronamespace from pg_proc
    union all
    select 'type', oid::regtype::text, typowner, typnamespace from pg_type where typtype = 'e'
  ) as objects
  where schema = $1::regnamespace and owner <> current_user::regrole
  order by kind, name`

/**
 * Makes the owner of the database the owner of the tables of a schema. Each table changes in a
 * transaction of its own, so the service that uses them waits a moment at most.
 */
const takeOver = async (db: pg.Client, schema: string) => {
  const { rows } = await db.query<{ object: string; owner: string }>(FOREIGN, [schema])
  for (const owner of new Set(rows.map((row) => row.owner))) {
    const role = db.escapeIdentifier(owner)
    const member = await db.query(`select pg_has_role($1, 'usage') as member`, [owner])
    const isMember = member.rows[0].member
    if (!isMember) await db.query(`grant ${role} to current_user`)
    for (const { object } of rows.filter((row) => row.owner === owner)) {
      const isTable = object.startsWith('table ')
      await db.query(
        `alter ${object} owner to current_user;
         ${isTable ? `grant select, insert, update, delete on ${object} to ${role}` : ''}`,
      )
    }
    if (!isMember) await db.query(`revoke ${role} from current_user`)
  }
}

/** Runs pg-boss's own migrations. Those after its commit create indexes concurrently, one by one. */
const upgrade = async (db: pg.Client, schema: string, version: number) => {
  const [changes = '', indexes = ''] = getMigrationPlans(schema, version).split(/(?<=\n\s*COMMIT;)/)
  await db.query(changes)
  for (const statement of indexes.split(/;\s*$/m)) if (statement.trim()) await db.query(statement)
}

/** Creates the tables of a schema, or brings them to the present version. */
export const migrateQueues = async (db: pg.Client, schema: string): Promise<void> => {
  await takeOver(db, schema)
  const version = await findQueueVersion(db, schema)
  if (version === null) await db.query(queueTables(schema) + queueStatistics(schema))
  else if (version < queueVersion) await upgrade(db, schema, version)
}
