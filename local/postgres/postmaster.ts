// What `postmaster.pid` says of the server of a cluster, and whether it is true.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Place } from './place.ts'

export type Postmaster = { pid: number; port: number }

// Above every system's highest process id.
const NOBODYS_PID = 2_147_483_647

/** The server that runs, or null; `port` is NaN for its first moments. */
export const findPostmaster = async (place: Place): Promise<Postmaster | null> => {
  const lines = (await readFile(pidFile(place), 'utf8').catch(() => '')).split('\n')
  const pid = Number.parseInt(lines[0] ?? '', 10)
  if (!(pid > 0) || !isAlive(pid) || !(await isPostgres(pid))) return null
  return { pid, port: Number.parseInt(lines[3] ?? '', 10) }
}

/**
 * After a crash the id may belong to another program (in a container that is the rule), which
 * Postgres would take for itself. The file must not be deleted: by its other lines Postgres sees
 * orphans of the last server that still write.
 */
export const disownPid = async (place: Place) => {
  const [first, ...rest] = (await readFile(pidFile(place), 'utf8').catch(() => '')).split('\n')
  const pid = Number.parseInt(first ?? '', 10)
  if (!(pid > 0) || !isAlive(pid) || (await isPostgres(pid))) return
  await writeFile(pidFile(place), [NOBODYS_PID, ...rest].join('\n'))
}

const pidFile = (place: Place) => join(place.data, 'postmaster.pid')

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// A zombie, which a container's first process may never collect, is not one either.
const isPostgres = async (pid: number) => {
  if (process.platform === 'win32') return true
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat !== null) return /\(postgres\) [^Z]/.test(stat)
  const ps = promisify(execFile)('ps', ['-o', 'stat=,comm=', '-p', String(pid)])
  return /^[^Z].*postgres\s*$/.test((await ps.catch(() => ({ stdout: '' }))).stdout)
}
