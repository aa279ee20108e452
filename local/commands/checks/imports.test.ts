import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { rules } from './import-rules.ts'
import { forbiddenImports } from './imports.ts'

const root = mkdtempSync(join(tmpdir(), 'imports-'))

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

// An installed package and a workspace, as npm lays them out.
for (const name of ['pg', 'undici']) {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }))
  write(`node_modules/${name}/index.js`, '')
}
write('package.json', JSON.stringify({ dependencies: { pg: '*' } }))
for (const name of ['gateway', 'shared', 'services/invites', 'services/waitlist', 'testing']) {
  write(`${name}/package.json`, JSON.stringify({ dependencies: { '@vobee/invites': '*' } }))
}
mkdirSync(join(root, 'node_modules/@vobee'))
symlinkSync(join(root, 'services/invites'), join(root, 'node_modules/@vobee/invites'))

const targets = [
  'services/invites/codes/codes.ts',
  'services/waitlist/waves/release.ts',
  'services/waitlist/line/position.test.ts',
  'services/waitlist/scoring/score.ts',
  'shared/http/route.ts',
  'shared/http/other.ts',
  'gateway/app.ts',
  'testing/kit.ts',
]
for (const path of targets) write(path, 'export type Thing = string\n')

const forbidden = [
  ['shared/a/circle.ts', '../b/circle.ts', 'no circular imports, of types included'],
  ['shared/b/circle.ts', '../a/circle.ts', 'no circular imports, of types included'],
  ['shared/http/broken.ts', './missing.ts', 'every import resolves'],
  ['gateway/proxy/pool.ts', 'undici', 'packages declare what they import'],
  [
    'services/waitlist/join/other.ts',
    '@vobee/invites/codes/codes.ts',
    'a service imports shared and itself',
  ],
  [
    'services/waitlist/mail/templates/far.ts',
    '../../../../gateway/app.ts',
    'a service imports shared and itself',
  ],
  [
    'shared/data/service.ts',
    '../../services/invites/codes/codes.ts',
    'shared imports no other package',
  ],
  [
    'gateway/proxy/service.ts',
    '@vobee/invites/codes/codes.ts',
    'the gateway imports shared and itself',
  ],
  [
    'database/keys/service.ts',
    '../../services/invites/codes/codes.ts',
    'database imports shared and itself',
  ],
  [
    'services/waitlist/join/join.test.ts',
    '../../invites/codes/codes.ts',
    "tests import no other service's code",
  ],
  [
    'services/waitlist/join/kit.ts',
    '../line/position.test.ts',
    'only tests import tests and their kits',
  ],
  ['local/kit.ts', '../testing/kit.ts', 'only tests import tests and their kits'],
  [
    'services/waitlist/mail/templates/driver.ts',
    'pg',
    'only shared/data imports the database driver',
  ],
  ['gateway/access/driver.ts', 'pg', 'only shared/data imports the database driver'],
  ['shared/auth/driver.ts', 'pg', 'only shared/data imports the database driver'],
  [
    'services/waitlist/line/upwards.ts',
    '../waves/release.ts',
    'capabilities import only those after them',
  ],
] as const

const allowed = [
  ['services/waitlist/waves/downwards.ts', '../scoring/score.ts'],
  ['services/waitlist/join/shared.ts', '../../../shared/http/route.ts'],
  ['services/waitlist/join/kit.test.ts', '../../../testing/kit.ts'],
  ['gateway/access/shared.ts', '../../shared/http/route.ts'],
  ['shared/data/driver.ts', 'pg'],
  ['database/keys/driver.ts', 'pg'],
] as const

for (const [path, imported] of [...forbidden, ...allowed]) {
  write(path, `import type { Thing } from '${imported}'\nexport type Other = Thing\n`)
}

const found = await forbiddenImports(root)

afterAll(() => rmSync(root, { recursive: true }))

test.each(forbidden)('%s does not import %s: %s', (path, _imported, rule) => {
  const broken = found.filter(({ line }) => line.includes(`${path} →`))
  expect(broken.map((violation) => violation.rule)).toContain(rule)
})

test('no other import is forbidden', () => {
  const expected = forbidden.map(([path]) => path)
  const others = found.filter(({ line }) => !expected.some((path) => line.includes(path)))
  expect(others).toEqual([])
})

test('each rule is broken once here', () => {
  const broken = new Set<string>(forbidden.map(([, , rule]) => rule))
  expect(broken).toEqual(new Set(rules.map(({ name }) => name)))
})
