// Installs the packages of the lock file before a script runs, on any Node from 20.11.
// A folder as argument has a lock file of its own. Every Node parses this file and can say that it
// is too old: CommonJS, in the syntax of Node 10.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 11)) {
  console.error(
    `VoBee Invites needs Node 20.11 or newer; this is Node ${process.versions.node}.` +
      ' Install the current version from https://nodejs.org.',
  )
  process.exit(1)
}

const { spawnSync } = require('node:child_process')
const { existsSync, statSync } = require('node:fs')
const { delimiter, join, relative } = require('node:path')

const root = join(__dirname, '..')
const folder = process.argv[2] || root
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
  if (status !== 0) {
    console.error(`The packages of ${lockFile} could not be installed: see the lines above.`)
    console.error(
      'This needs the npm registry, or a mirror that npm knows, once: it downloads Node 26, ' +
        'PostgreSQL 18 and the other packages. Later starts need no network.',
    )
    process.exit(status || 1)
  }
}

const runtime = join(root, 'node_modules', '.bin', 'node')
if (!existsSync(runtime) && Number.parseInt(process.versions.node, 10) < 26) {
  console.error(
    `Node 26 is needed, and node_modules has none for ${process.platform}-${process.arch}. If its` +
      ' download failed, or node_modules came from another machine, delete node_modules and start' +
      ' again. Else install Node 26 yourself.',
  )
  process.exit(1)
}
