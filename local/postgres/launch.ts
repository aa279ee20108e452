import { readFile, rename } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { findFreePort } from '../processes/ports.ts'
import { findServer } from './connection.ts'
import type { Place } from './place.ts'
import { findReasons, run } from './program.ts'
import type { PostgresOptions } from './server.ts'

/** Starts the server in a session of its own and gives its port once it takes connections. */
export const launch = async (place: Place, options: PostgresOptions): Promise<number> => {
  const deadline = Date.now() + 15_000
  for (;;) {
    const port = options.port || (await findFreePort())
    const outcome = await start(place, port, options.settings)
    if (outcome.code === 0) return port
    const log = await readFile(place.log, 'utf8').catch(() => '')
    // Two that started at once: the other's server is ours as well.
    const running = await findServer(place, options.password)
    if (running) return running
    if (Date.now() > deadline || !passes(log, options)) {
      throw new Error(`Postgres does not start:\n${findReasons(log || outcome.output)}`)
    }
    await wait(100)
  }
}

const start = async (place: Place, port: number, settings: Record<string, string> = {}) => {
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // A socket in /tmp would be everybody's to connect to, or to put there first.
    unix_socket_directories: '',
    max_connections: '200',
    ...settings,
  }
  const flags = Object.entries(all).map(([name, value]) => `-c "${name}=${value}"`)
  await rename(place.log, `${place.log}.old`).catch(() => {})
  return run(place, 'pg_ctl', [
    ...['start', '-D', place.data, '-l', place.log, '-o', flags.join(' ')],
    ...['--silent', '--wait', '--timeout=300'],
  ])
}

// A killed postmaster is there for a moment, and its backends outlive it by another; a free port
// may be taken before we have it.
const passes = (log: string, options: PostgresOptions) =>
  log.includes('"postmaster.pid" already exists') ||
  log.includes('shared memory block') ||
  (options.port === 0 && log.includes('could not bind'))
