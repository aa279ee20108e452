import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { brokenReferences } from './check-docs.ts'

const root = mkdtempSync(join(tmpdir(), 'docs-'))

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

afterAll(() => rmSync(root, { recursive: true }))

test('paths, file names, links and anchors that exist are accepted', () => {
  write('shared/http/route.ts', '')
  write('docs/GUIDE.md', '# What `npm start` does\n\nSee [below](#what-npm-start-does).\n')
  write(
    'README.md',
    '`shared/http/route.ts` `shared/http/` `http/route.ts` `route.ts` `x.test.ts` `/api/shared/x` `npm start` ' +
      '[guide](docs/GUIDE.md#what-npm-start-does) [folder](docs) [elsewhere](https://example.com/none)\n',
  )
  expect(brokenReferences(root)).toEqual([])
})

test.each([
  ['`shared/http/gone.ts`', 'shared/http/gone.ts'],
  ['`shared/gone/`', 'shared/gone/'],
  ['`gone.sql`', 'gone.sql'],
  ['[guide](GONE.md)', 'GONE.md'],
  ['[guide](docs/GUIDE.md#gone)', 'docs/GUIDE.md#gone'],
])('%s is reported', (text, reference) => {
  write('README.md', `Read ${text}.\n`)
  expect(brokenReferences(root)).toEqual([`README.md: ${reference}`])
})
