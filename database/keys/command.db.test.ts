import { createHash } from 'node:crypto'
import { useDatabase } from '@vobee/testing/database'
import pg from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { logins } from '../roles.ts'
import { keysCommand } from './command.ts'

const db = useDatabase()

beforeEach(db.empty)

const run = async (...args: string[]) => {
  const printed: string[] = []
  const said: string[] = []
  const code = await keysCommand(args, {
    url: async () => db.ownerUrl,
    user: 'ada',
    print: (line) => printed.push(line),
    say: (line) => said.push(line),
  })
  return { code, printed, said: said.join('\n') }
}

const rows = async () => (await db.owner.query('select * from access.keys')).rows

const create = async (...more: string[]) => {
  const { printed } = await run('create', '--name', 'crm', '--scopes', 'invites:write', ...more)
  return printed[0] as string
}

describe('creating', () => {
  test('prints only the key on standard output and stores only its hash', async () => {
    const { code, printed, said } = await run(
      ...['create', '--name', 'crm', '--scopes', 'invites:write, ops:read,invites:write'],
    )
    expect([code, printed]).toEqual([0, [expect.stringMatching(/^vk_[0-9a-f]{12}_[0-9a-f]{48}$/)]])
    const key = printed[0] as string
    expect(said).not.toContain(key)
    expect(await rows()).toEqual([
      {
        id: key.split('_')[1],
        hash: createHash('sha256').update(key).digest(),
        name: 'crm',
        scopes: ['invites:write', 'ops:read'],
        created_at: expect.any(Date),
        created_by: 'ada',
        expires_at: null,
        revoked_at: null,
        revoked_by: null,
        last_used_at: null,
      },
    ])
  })

  test.each([
    ['30d', 30 * 24],
    ['12h', 12],
  ])('for %s it ends after as many hours', async (expires, hours) => {
    await create('--expires', expires)
    const [{ created_at, expires_at }] = await rows()
    expect((expires_at - created_at) / 3_600_000).toBe(hours)
  })

  test('names every invalid argument, prints the usage and creates nothing', async () => {
    const { code, printed, said } = await run(
      ...['create', '--name', 'env', '--scopes', 'invites:wreck,ops', '--expires', 'soon'],
    )
    expect([code, printed]).toEqual([2, []])
    for (const fault of ['--name env', 'no invites:wreck, ops', '--expires', 'npm run keys --']) {
      expect(said).toContain(fault)
    }
    expect(await rows()).toEqual([])
  })

  test('rejects an address as the name of a key, which stays in the audit log', async () => {
    const { code, said } = await run('create', '--name', 'a@b.org', '--scopes', 'ops:read')
    expect([code, await rows()]).toEqual([2, []])
    expect(said).toContain('must not contain an e-mail address')
  })
})

test.each([[], ['make'], ['create'], ['list', 'all'], ['revoke'], ['revoke', 'a', 'b'], ['--x']])(
  'what it does not understand is code 2: %s',
  async (...args) => {
    expect((await run(...args)).code).toBe(2)
  },
)

test('a list shows everything about a key except the key', async () => {
  const key = await create('--expires', '1d')
  await create()
  await db.owner.query('update access.keys set expires_at = now() where expires_at is not null')
  const { code, printed } = await run('list')
  expect([code, printed.length]).toEqual([0, 3])
  expect(printed[1]).toMatch(/^[0-9a-f]{12} {2}crm {3}expired {2}invites:write {2}.* ada /)
  expect(printed[2]).toContain('live')
  expect(printed.join()).not.toContain(key.split('_')[2])
})

describe('revoking', () => {
  test('stores when and by whom; a repetition changes nothing', async () => {
    const id = (await create()).split('_')[1] as string
    expect((await run('revoke', id)).code).toBe(0)
    const before = await rows()
    expect(before[0]).toMatchObject({ revoked_at: expect.any(Date), revoked_by: 'ada' })
    expect((await run('revoke', id)).code).toBe(0)
    expect(await rows()).toEqual(before)
  })

  test('an unknown key is an error with code 1', async () => {
    expect(await run('revoke', '000000000000')).toMatchObject({
      code: 1,
      said: expect.stringContaining('no key 000000000000'),
    })
  })
})

test('an unavailable or unmigrated database is an error with code 1', async () => {
  const said: string[] = []
  const terminal = { user: 'ada', print: () => {}, say: (line: string) => said.push(line) }
  const away = async () => 'postgres://x@127.0.0.1:1/x'
  expect(await keysCommand(['list'], { ...terminal, url: away })).toBe(1)
  const bare = async () => Object.assign(new URL(db.ownerUrl), { pathname: '/postgres' }).href
  expect(await keysCommand(['list'], { ...terminal, url: bare })).toBe(1)
  expect(said[0]).toContain('ECONNREFUSED')
  expect(said[1]).toContain('npm run migrate')
})

test('a role that reads keys can neither write them nor read anything else through that', async () => {
  for (const login of logins) {
    const client = new pg.Client({ connectionString: db.urls[login] })
    await client.connect()
    await client.query('select id from access.keys')
    for (const forbidden of [
      `insert into access.keys (id, hash, name, scopes, created_by) values ('x', '', '', '{}', '')`,
      'update access.keys set revoked_at = null',
      'delete from access.keys',
      'create table access.mine ()',
      ...(login === 'gateway' ? ['select from waitlist.entries', 'select from invites.audit'] : []),
    ]) {
      await expect(client.query(forbidden)).rejects.toMatchObject({ code: '42501' })
    }
    await client.end()
  }
})
