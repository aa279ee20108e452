// Runs initdb and pg_ctl as the user and in the environment that the cluster needs.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place } from './place.ts'

export const run = (place: Place, program: 'initdb' | 'pg_ctl', args: string[]) => {
  const { PATH = '', SystemRoot } = process.env
  const child = spawn(join(place.bin, program), args, {
    // Another user may not enter the caller's folder. PGDATA, PGOPTIONS or a LANG that is not
    // installed would change the cluster.
    cwd: place.home,
    env: { PATH, TZ: 'UTC', LC_ALL: 'C', ...(SystemRoot ? { SystemRoot } : {}) },
    ...(place.account ?? {}),
    // In a separate session, so that Ctrl-C in the terminal reaches only this process.
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`cannot run ${program}: ${error.message}`)))
    // Not 'close': the server may still hold the pipes.
    child.on('exit', (code) => setImmediate(() => resolve({ code, output: output.trim() })))
  }).finally(() => {
    child.stdout.destroy()
    child.stderr.destroy()
  })
}

/** Returns the lines of a log that state an error and a hint, or else its last ten. */
export const findReasons = (log: string): string => {
  const lines = log.trim().split('\n')
  const reasons = lines.filter((line) => /\b(FATAL|PANIC|ERROR|DETAIL|HINT):/i.test(line))
  return (reasons.length ? reasons : lines.slice(-10)).join('\n')
}

const DRAFT = 'initialising-'
const DRAFT_LIFETIME_MS = 600_000

/** Creates the cluster if it does not exist: in a draft that is renamed when it is complete. */
export const initialise = async (place: Place, password: string, isDurable: boolean) => {
  if (existsSync(join(place.data, 'PG_VERSION'))) return
  await removeOldDrafts(place)
  const draft = await mkdtemp(join(place.home, DRAFT))
  const [data, passwordFile] = [join(draft, 'data'), join(draft, 'password')]
  try {
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (place.account)
      for (const path of [draft, passwordFile])
        await chown(path, place.account.uid, place.account.gid)
    const { code, output } = await run(place, 'initdb', [
      ...['-D', data, '--username=orchestrator', `--pwfile=${passwordFile}`],
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'],
      ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', ...(isDurable ? [] : ['-N'])],
    ])
    if (code !== 0) throw new Error(`Could not create the database:\n${findReasons(output)}`)
    // Of two processes that start at the same time, the first one's cluster is used.
    await rename(data, place.data).catch((error) => {
      if (!existsSync(join(place.data, 'PG_VERSION'))) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

const removeOldDrafts = async ({ home }: Place) => {
  for (const name of (await readdir(home)).filter((entry) => entry.startsWith(DRAFT))) {
    const path = join(home, name)
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > DRAFT_LIFETIME_MS) await rm(path, { recursive: true })
  }
}
