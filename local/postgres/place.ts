// Where a cluster lies and as whom its server runs.
//
// An ordinary user has everything in `<data folder>/postgres`. Postgres refuses to run as root, and
// the user it runs as instead can't enter the data folder (mode 0700, perhaps below /root). So for
// root `<data folder>/postgres` is a link to a folder of its own in /var/lib/vobee-invites, which
// root alone can write to (nobody can put one there first, as in /var/tmp, and nothing empties it).
// The link is the truth: it is followed wherever it points, and the server runs as that folder's owner.
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rmdir,
  stat,
  symlink,
} from 'node:fs/promises'
import { join } from 'node:path'
import { copyBinaries, findBinaries } from './binaries.ts'

export type Account = { uid: number; gid: number }
export type Place = {
  home: string
  data: string
  log: string
  bin: string
  account: Account | null
}

const SYSTEM_FOLDER = '/var/lib/vobee-invites'

export const findPlace = async (dataDir: string): Promise<Place> => {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const home = join(dataDir, 'postgres')
  if (process.getuid?.() !== 0) {
    await mkdir(home, { recursive: true, mode: 0o700 })
    return describe(await realpath(home), await findBinaries(), null)
  }
  await makeSystemFolder()
  if (!(await isThere(home))) await makeHome(home)
  const real = await follow(home)
  const { uid, gid } = await stat(real)
  if (uid === 0) throw new Error(`${real} belongs to root, but Postgres refuses to run as root`)
  return describe(real, await copyBinaries(SYSTEM_FOLDER), { uid, gid })
}

const describe = (home: string, bin: string, account: Account | null): Place => ({
  home,
  data: join(home, 'data'),
  log: join(home, 'log'),
  bin,
  account,
})

const makeSystemFolder = async () => {
  await mkdir(SYSTEM_FOLDER, { recursive: true })
  const found = await lstat(SYSTEM_FOLDER)
  if (!found.isDirectory() || found.uid !== 0) {
    throw new Error(`${SYSTEM_FOLDER} must be a folder that belongs to root`)
  }
  await chmod(SYSTEM_FOLDER, 0o755)
}

const makeHome = async (link: string) => {
  const { uid, gid } = await findAccount()
  const home = await mkdtemp(join(SYSTEM_FOLDER, 'cluster-'))
  await chown(home, uid, gid)
  try {
    await symlink(home, link)
  } catch (error) {
    await rmdir(home)
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

const findAccount = async (): Promise<Account> => {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find(([found]) => found === name) ?? []
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new Error(
    'Postgres refuses to run as root, and there is neither a user `postgres` nor `nobody`: ' +
      'start as an ordinary user, or set DATABASE_URL to a server of your own',
  )
}

const isThere = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )

const follow = async (link: string) => {
  try {
    return await realpath(link)
  } catch {
    throw new Error(`${link} points to a folder that is gone: bring it back, or delete the link`)
  }
}
