// Runs initdb and pg_ctl, as the user and in the environment that the cluster needs.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Place } from './place.ts'

export type Outcome = { code: number | null; output: string }

export const run = (place: Place, program: 'initdb' | 'pg_ctl', args: string[]) =>
  new Promise<Outcome>((resolve, reject) => {
    const { PATH = '', SystemRoot } = process.env
    const child = spawn(join(place.bin, program), args, {
      // Not the caller's folder: another user may not enter it. Not its variables: PGDATA,
      // PGOPTIONS or a LANG that is not installed would change what is made.
      cwd: place.home,
      env: { PATH, TZ: 'UTC', LC_ALL: 'C', ...(SystemRoot ? { SystemRoot } : {}) },
      ...(place.account ?? {}),
      // A session of its own: Ctrl-C in the terminal reaches us, and we decide.
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', (error) => {
      const hint = 'set DATABASE_URL to a server of your own if it can not run here'
      reject(new Error(`${program} could not be run (${error.message}); ${hint}`))
    })
    // Not 'close', which would wait for a server that still held our pipes.
    child.on('exit', (code) => {
      setImmediate(() => {
        child.stdout.destroy()
        child.stderr.destroy()
        resolve({ code, output: output.trim() })
      })
    })
  })

/** The lines of a log that say what went wrong and what to do, or else its last ten. */
export const findReasons = (log: string): string => {
  const lines = log.trim().split('\n')
  const reasons = lines.filter((line) => /\b(FATAL|PANIC|ERROR|DETAIL|HINT):/i.test(line))
  return (reasons.length ? reasons : lines.slice(-10)).join('\n')
}
