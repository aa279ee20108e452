// Installs the packages of the lock file before a script runs, on any Node from 20.11.
// A folder as argument has a lock file of its own.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const folder = process.argv[2] ?? root
const installed = join(folder, 'node_modules', '.package-lock.json')
const isCurrent = () =>
  existsSync(installed) &&
  statSync(installed).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs

// Variables of an outer `npm start` would narrow or redirect `npm ci`; those of the registry, proxy
// and cache stay. Its PATH contains the runtime that is being replaced.
const OUTER =
  /^(init_cwd|npm_(?!config_)\w+|npm_config_(workspaces?|include_workspace_root|global|location|(local_|global_)?prefix|omit|include|only|also|production|dry_run|package_lock(_only)?))$/i

const environment = () => {
  const variables = Object.entries(process.env).filter(
    ([name]) => !OUTER.test(name.replaceAll('-', '_')),
  )
  const own = join('node_modules', '.bin')
  return Object.fromEntries(
    variables.map(([name, value = '']) =>
      name.toUpperCase() === 'PATH'
        ? [
            name,
            value
              .split(delimiter)
              .filter((folder) => !folder.endsWith(own))
              .join(delimiter),
          ]
        : [name, value],
    ),
  )
}

if (!isCurrent()) {
  const lockFile = join(relative(root, folder), 'package-lock.json')
  console.error(`Installing the packages of ${lockFile} (npm ci) …`)
  const { status, error } = spawnSync('npm', ['ci', '--include=dev', '--include=optional'], {
    cwd: folder,
    // Standard output belongs to the script that runs next.
    stdio: ['inherit', process.stderr, 'inherit'],
    env: environment(),
    shell: process.platform === 'win32',
  })
  if (error) console.error(`npm could not be run: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}

const runtime = join(root, 'node_modules', '.bin', 'node')
if (!existsSync(runtime) && Number.parseInt(process.versions.node, 10) < 26) {
  console.error(
    `Node 26 is needed and npm has none for ${process.platform}-${process.arch}: install it yourself,` +
      ' or delete node_modules if it came from another machine.',
  )
  process.exit(1)
}
