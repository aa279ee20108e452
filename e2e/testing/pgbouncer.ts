// The journeys through PgBouncer in transaction mode: `E2E_PGBOUNCER=on npm test -- e2e/journeys`.
// `E2E_PGBOUNCER=named` leaves the names of statements to PgBouncer 1.21 or later.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { logins, roleUrl, urlVariable } from '@vobee/database/roles'
import { findFreePort } from '@vobee/local/processes/ports'
import { readDatabaseUrl } from '@vobee/shared/data/database-url'

export type Pooled = { env: NodeJS.ProcessEnv; stop: () => Promise<void> }

type Ports = { postgres: number; pgbouncer: number }

// Few connections, so that every process meets the connections of the others.
const settingsOf = ({ postgres, pgbouncer }: Ports, folder: string, named: boolean) => `
[databases]
* = host=127.0.0.1 port=${postgres}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${pgbouncer}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 5
max_client_conn = 500
server_login_retry = 1
${named ? 'max_prepared_statements = 200' : ''}
`

const program = process.env.PGBOUNCER ?? 'pgbouncer'

// It refuses to run as root.
const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : []

/** Starts PgBouncer for a system that is about to start. Null unless E2E_PGBOUNCER is set. */
export const startPgBouncer = async (): Promise<Pooled | null> => {
  const wanted = process.env.E2E_PGBOUNCER
  if (!wanted) return null
  await promisify(execFile)(program, ['--version']).catch(() => {
    throw new Error('E2E_PGBOUNCER needs pgbouncer. On Debian: apt-get install pgbouncer')
  })
  const ports = { postgres: await findFreePort(), pgbouncer: await findFreePort() }
  const folder = await mkdtemp(join(tmpdir(), 'vobee-pgbouncer-'))
  await chmod(folder, 0o755)
  const owner = `postgres://orchestrator:any@127.0.0.1:${ports.pgbouncer}/orchestrator_db`
  const urls = logins.map((login) => [urlVariable(login), roleUrl(owner, login)] as const)
  const users = urls.map(([, url]) => readDatabaseUrl(url))
  const lines = users.map(({ user, password }) => `"${user}" "${password}"\n`)
  await writeFile(join(folder, 'users.txt'), lines.join(''))
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(file, settingsOf(ports, folder, wanted === 'named'))
  const child = spawn(program, ['-q', ...asUser, file], { stdio: ['ignore', 'inherit', 'inherit'] })
  return {
    env: {
      ...Object.fromEntries(urls),
      POSTGRES_PORT: String(ports.postgres),
      DATABASE_PREPARE: wanted === 'named' ? 'on' : 'off',
    },
    stop: async () => {
      if (child.exitCode === null && child.kill()) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
