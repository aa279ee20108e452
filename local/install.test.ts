import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const installer = join(import.meta.dirname, 'install.cjs')

const makeFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vobee-install-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

const run = (args: string[], env = {}) =>
  spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env } })

test.each([
  ['18.19.0', 1],
  ['20.10.0', 1],
  ['20.11.0', 0],
  ['26.10.0', 0],
])('Node %s: the start exits with %i', async (version, code) => {
  const folder = await makeFolder()
  await mkdir(join(folder, 'node_modules'))
  for (const file of ['package-lock.json', 'node_modules/.package-lock.json'])
    await writeFile(join(folder, file), '{}')
  const fake = join(folder, 'version.cjs')
  const versions = JSON.stringify({ ...process.versions, node: version })
  await writeFile(fake, `Object.defineProperty(process, 'versions', { value: ${versions} })`)
  const { status, stderr } = run(['--require', fake, installer, folder])
  expect(status).toBe(code)
  const why = `VoBee Invites needs Node 20.11 or newer; this is Node ${version}.`
  if (code) expect(stderr).toMatch(new RegExp(`^${why.replaceAll('.', '\\.')}`))
  else expect(stderr).toBe('')
})

test('without the registry, the first start says what it needs', async () => {
  const folder = await makeFolder()
  const manifest = { name: 'empty', version: '1.0.0', dependencies: { 'left-pad': '1.3.0' } }
  const packages = { '': manifest, 'node_modules/left-pad': { version: '1.3.0' } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...manifest, lockfileVersion: 3, packages }),
  )
  const { status, stderr } = run([installer, folder], {
    npm_config_registry: 'http://127.0.0.1:9',
    npm_config_fetch_retries: '0',
    npm_config_cache: folder,
  })
  expect(status).toBe(1)
  expect(stderr).toContain(
    'could not be installed: see the lines above.\nThis needs the npm registry',
  )
  expect(stderr).not.toMatch(/^\s+at /m)
})
