import { access, chown, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place } from './place.ts'
import { findReasons, run } from './program.ts'
import type { PostgresOptions } from './server.ts'

const DRAFT = 'initialising-'

/** Makes the cluster, unless there is one: aside and then renamed, so that no half of one stays. */
export const initialise = async (place: Place, options: PostgresOptions): Promise<void> => {
  if (await isThere(join(place.data, 'PG_VERSION'))) return
  await sweep(place)
  const draft = await mkdtemp(join(place.home, `${DRAFT}${process.pid}-`))
  const data = join(draft, 'data')
  try {
    const password = join(draft, 'password')
    await writeFile(password, options.password, { mode: 0o600 })
    if (place.account) {
      for (const path of [draft, password]) {
        await chown(path, place.account.uid, place.account.gid)
      }
    }
    const { code, output } = await run(place, 'initdb', [
      ...['-D', data, '--username=orchestrator', `--pwfile=${password}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
      ...['--no-instructions', ...(options.settings?.fsync === 'off' ? ['--no-sync'] : [])],
    ])
    if (code !== 0) throw new Error(`No database could be made:\n${findReasons(output)}`)
    await rename(data, place.data).catch(async (error) => {
      // Somebody who started at the same time was first.
      if (!(await isThere(join(place.data, 'PG_VERSION')))) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

// What a killed start left behind. Its process id may be ours now, or anybody's.
const sweep = async (place: Place) => {
  for (const name of await readdir(place.home)) {
    if (!name.startsWith(DRAFT)) continue
    const path = join(place.home, name)
    const isOld = (await stat(path)).mtimeMs < performance.timeOrigin
    const pid = Number.parseInt(name.slice(DRAFT.length), 10)
    if (!isAlive(pid) || (pid === process.pid && isOld)) await rm(path, { recursive: true })
  }
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
