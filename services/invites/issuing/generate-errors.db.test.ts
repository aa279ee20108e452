import { identifyBy } from '@vobee/shared/auth/callers'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'

const db = useDatabase()
let app: FastifyInstance

const keys = [
  { name: 'host', secret: 'writes-invites', scopes: ['invites:write'] },
  { name: 'reader', secret: 'reads-invites', scopes: ['invites:read'] },
  { name: 'boss', secret: 'may-everything', scopes: ['admin'] },
] as const
const bearing = (secret: string) => ({ authorization: `Bearer ${secret}` })

beforeAll(() => {
  app = buildApp(testSettings(InvitesSettings, db.urls.invites), identifyBy(keys))
})
afterAll(() => app.close())
beforeEach(db.empty)

const generate = (body: object, headers: Record<string, string> = bearing('writes-invites')) =>
  app.inject({ method: 'POST', url: '/api/invites/generate', headers, payload: body })

const batches = async () =>
  (await db.owner.query('select created_by, override_reason from invites.batches')).rows

const setGate = (open: boolean) =>
  db.owner.query(`select invites.set_gate($1, '{fraud_high}', '2026-01-02')`, [open])
const close = () => setGate(false)

describe('the gate', () => {
  test('a closed gate is an error with its reasons and issues nothing', async () => {
    await close()
    const reply = await generate({ batch_size: 3 })
    expect(reply.statusCode).toBe(423)
    expect(reply.json()).toMatchObject({ code: 'invites_paused', reasons: ['fraud_high'] })
    expect(await batches()).toEqual([])
  })

  test('a gate that opens lets codes be issued again', async () => {
    await close()
    await setGate(true)
    expect((await generate({ batch_size: 1 })).statusCode).toBe(201)
  })

  test('a stale gate counts as closed', async () => {
    const settings = testSettings(InvitesSettings, db.urls.invites, {
      GATE_SILENCE_MINUTES: '0.01',
    })
    const impatient = buildApp(settings)
    await vi.waitFor(async () => {
      const reply = await impatient.inject({
        method: 'POST',
        url: '/api/invites/generate',
        headers: asAdmin,
        payload: { batch_size: 1 },
      })
      expect(reply.statusCode).toBe(423)
      expect(reply.json().reasons).toEqual(['gate_silent'])
    }, 10_000)
    await impatient.close()
  })

  test('an admin overrides it for one call, and the reason is stored with the batch', async () => {
    await close()
    const override = { batch_size: 1, override_gate: true, reason: 'a promise to the press' }
    expect((await generate(override, bearing('may-everything'))).statusCode).toBe(201)
    expect(await batches()).toEqual([
      { created_by: 'boss', override_reason: 'a promise to the press' },
    ])
    expect((await generate({ batch_size: 1 })).statusCode).toBe(423)
  })

  test('nobody else may override it', async () => {
    const reply = await generate({ batch_size: 1, override_gate: true, reason: 'please' })
    expect(reply.statusCode).toBe(403)
    expect(reply.json().code).toBe('insufficient_scope')
    expect(await batches()).toEqual([])
  })
})

describe('keys', () => {
  test('no key, a wrong key and a key without the scope are different errors', async () => {
    const body = { batch_size: 1 }
    expect((await generate(body, {})).json()).toMatchObject({
      status: 401,
      code: 'credential_required',
    })
    const wrong = await generate(body, bearing('made-up'))
    expect(wrong.json()).toMatchObject({ status: 401, code: 'invalid_credential' })
    expect(wrong.headers['www-authenticate']).toBe('Bearer')
    expect((await generate(body, bearing('reads-invites'))).json()).toMatchObject({
      status: 403,
      code: 'insufficient_scope',
    })
    expect(await batches()).toEqual([])
  })

  test('a batch is created by the key of the request', async () => {
    await generate({ batch_size: 1 })
    expect(await batches()).toEqual([{ created_by: 'host', override_reason: null }])
  })
})

describe('bad input', () => {
  const paths = async (body: object) => {
    const reply = await generate(body)
    expect(reply.statusCode).toBe(400)
    const { code, errors } = reply.json()
    expect(code).toBe('invalid_input')
    return errors.map((error: { path: string }) => error.path).sort()
  }

  test('a batch has a size of 1 to 1,000,000', async () => {
    expect(await paths({})).toEqual(['batch_size'])
    for (const batch_size of [0, -1, 1.5, 1_000_001, '50', null]) {
      expect(await paths({ batch_size })).toEqual(['batch_size'])
    }
  })

  test('every error is reported at once, conflicts included', async () => {
    const body = {
      batch_size: 2,
      batch_id: '',
      max_uses: 0,
      expires_in_days: 7,
      expires_at: null,
      issued_to: 'nobody',
      metadata: { deep: {} },
      prefix: 'SO LONG A PREFIX',
      code: 'tiny',
      reason: 'why not',
      colour: 'red',
    }
    expect(await paths(body)).toEqual([
      'batch_id',
      'code',
      'code',
      'colour',
      'expires_at',
      'issued_to',
      'max_uses',
      'metadata.deep',
      'prefix',
      'prefix',
      'reason',
    ])
    expect(await batches()).toEqual([])
  })

  test('an expiry must lie in the future, and an override needs a reason', async () => {
    const body = { batch_size: 1, expires_at: '2020-01-01T00:00:00Z', override_gate: true }
    expect(await paths(body)).toEqual(['expires_at', 'reason'])
    expect(await paths({ batch_size: 1, expires_at: 'tomorrow' })).toEqual(['expires_at'])
  })
})
