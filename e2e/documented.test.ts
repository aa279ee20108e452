// What the processes answer is in the API document: every route, and every status.
import { readFileSync } from 'node:fs'
import * as gateway from '@vobee/gateway'
import * as invites from '@vobee/invites'
import * as qualityGates from '@vobee/quality-gates'
import * as referrals from '@vobee/referrals'
import { asMember } from '@vobee/testing/members'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import * as waitlist from '@vobee/waitlist'
import type { FastifyInstance } from 'fastify'
import { afterAll, expect, test } from 'vitest'

type Operations = Record<string, { responses: Record<string, unknown> }>
const { paths } = JSON.parse(readFileSync(`${import.meta.dirname}/../openapi.json`, 'utf8')) as {
  paths: Record<string, Operations>
}

// Nothing answers there: whatever needs the database is a 503.
const noDatabase = 'postgres://nobody@127.0.0.1:1/none'
const settings = <S extends Parameters<typeof testSettings>[0]>(shape: S) =>
  testSettings(shape, noDatabase, { RATE_LIMITS: 'off' })

const apps: Record<string, FastifyInstance> = {
  waitlist: waitlist.buildApp(settings(waitlist.Settings)),
  invites: invites.buildApp(settings(invites.Settings)),
  referrals: referrals.buildApp(settings(referrals.Settings)),
  quality: qualityGates.buildApp(settings(qualityGates.Settings)),
  '': gateway.buildApp(settings(gateway.Settings)),
}
afterAll(() => Promise.all(Object.values(apps).map((app) => app.close())))

const appOf = (path: string) => apps[/^\/api\/(\w+)\//.exec(path)?.[1] ?? ''] as FastifyInstance
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

type Probe = { value?: string; headers?: Record<string, string>; payload?: string }
const json = { 'content-type': 'application/json' }
const member = asMember('ada@example.com')
const probes: Probe[] = [
  ...['%00', 'x'.repeat(400), '%F0%9F%90%9D'].map((value) => ({ value, headers: asAdmin })),
  ...[{}, member, { authorization: 'Bearer x' }].map((headers) => ({ headers })),
  ...[asAdmin, member].flatMap((caller) => [
    { headers: { ...caller, ...json }, payload: '{' },
    { headers: { ...caller, ...json }, payload: '[]' },
    { headers: { ...caller, ...json }, payload: `{"x":"${'x'.repeat(2 ** 20)}"}` },
    { headers: { ...caller, 'content-type': 'text/plain' }, payload: 'x' },
    { headers: { ...caller, 'idempotency-key': '' } },
  ]),
]

const send = async (method: (typeof methods)[number], path: string, probe: Probe) => {
  const { value = 'x', ...rest } = probe
  const url = `${path.replace(/\{\w+\}/g, value)}?limit=${value}`
  return (await appOf(path).inject({ method, url, ...rest })).statusCode
}

test('every status that a route answers is documented', async () => {
  const undocumented = new Set<string>()
  for (const [path, operations] of Object.entries(paths)) {
    for (const method of methods) {
      const { responses } = operations[method.toLowerCase()] ?? {}
      for (const probe of responses ? probes : []) {
        const status = await send(method, path, probe)
        if (!responses?.[status]) undocumented.add(`${method} ${path} ${status}`)
      }
    }
  }
  expect([...undocumented]).toEqual([])
})

// For that method the path is one with a parameter: `GET /entries/remove` is the entry `remove`.
const isParameter = (method: string, path: string) =>
  Object.entries(paths).some(
    ([template, operations]) =>
      template.includes('{') &&
      operations[method.toLowerCase()] &&
      new RegExp(`^${template.replace(/\{\w+\}/g, '[^/{}]+')}$`).test(path),
  )

test('every method of a documented path is documented', async () => {
  for (const [path, operations] of Object.entries(paths)) {
    const isOther = (name: string) => !operations[name.toLowerCase()] && !isParameter(name, path)
    for (const method of methods.filter(isOther)) {
      const status = await send(method, path, {})
      expect([method, path, status]).toEqual([method, path, 405])
    }
  }
})
