// Reads `postmaster.pid` of a cluster and checks whether that server runs.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Place } from './place.ts'

// Above the highest process id of every system.
const UNUSED_PID = 2_147_483_647

// Synchronous: `npm start` calls it twice a second, and an asynchronous read took three times the CPU.
const readSmall = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

const read = (place: Place) => {
  const path = join(place.data, 'postmaster.pid')
  const lines = (readSmall(path) ?? '').split('\n')
  return { path, lines, pid: Number.parseInt(lines[0] ?? '', 10) || 0 }
}

/** Returns the running server, or null. `port` is NaN while the server writes the file. */
export const findPostmaster = async (
  place: Place,
): Promise<{ pid: number; port: number } | null> => {
  const { pid, lines } = read(place)
  if (!pid || !(await isPostgres(pid))) return null
  return { pid, port: Number.parseInt(lines[3] ?? '', 10) }
}

/**
 * Clears the process id that a crashed server left, if another program has that id now (the rule
 * in a container): Postgres would refuse to start. The file stays, because Postgres finds orphans
 * of the last server by its other lines.
 */
export const clearStalePid = async (place: Place): Promise<void> => {
  const { path, pid, lines } = read(place)
  if (!pid || !isAlive(pid) || (await isPostgres(pid))) return
  await writeFile(path, [UNUSED_PID, ...lines.slice(1)].join('\n'))
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// A zombie does not count: the first process of a container may never collect it.
const isPostgres = async (pid: number) => {
  if (!isAlive(pid)) return false
  if (process.platform === 'win32') return true
  const stat = readSmall(`/proc/${pid}/stat`)
  if (stat !== null) return /\(postgres\) [^Z]/.test(stat)
  const ps = promisify(execFile)('ps', ['-o', 'stat=,comm=', '-p', String(pid)])
  return /^[^Z].*postgres\s*$/.test((await ps.catch(() => ({ stdout: '' }))).stdout)
}
