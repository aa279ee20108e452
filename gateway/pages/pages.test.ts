import { readFile } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { ErrorEntry } from '@vobee/shared/http/openapi/openapi'
import { testSettings } from '@vobee/testing/settings'
import { describe, expect, onTestFinished, test } from 'vitest'
import { buildApp } from '../app.ts'
import { GatewaySettings } from '../config.ts'
import { startGateway } from '../testing/start-gateway.ts'
import { fileOf } from './compress.ts'

const csp =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self';" +
  "connect-src 'self';manifest-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'"

describe('pages', () => {
  test('have a content security policy that allows no other origin', async () => {
    const app = await startGateway({})
    for (const url of ['/', '/join.html', '/me', '/me.html']) {
      const reply = await app.inject(url)
      expect(reply.statusCode).toBe(200)
      expect(reply.body).toMatch(/^<!doctype html>/i)
      expect(reply.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': csp,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      })
    }
  })

  test('a browser revalidates an asset on each use and receives it only if it changed', async () => {
    const app = await startGateway({})
    const first = await app.inject('/join.js')
    expect(first.headers['content-type']).toContain('javascript')
    expect(first.headers['cache-control']).toBe('public, max-age=0')
    const headers = { 'if-none-match': String(first.headers.etag) }
    const second = await app.inject({ url: '/join.js', headers })
    expect([second.statusCode, second.body]).toEqual([304, ''])
    const head = await app.inject({ method: 'HEAD', url: '/join.js' })
    expect([head.statusCode, head.body]).toEqual([200, ''])
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(first.body)))
  })

  test.each([
    ['br, gzip', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, GZIP;q=0.5, *;q=0', 'gzip'],
    ['deflate', undefined],
    [undefined, undefined],
  ])('and the API document are compressed for Accept-Encoding: %s', async (accepted, encoding) => {
    const app = await startGateway({})
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted }
    for (const url of ['/join.html', '/docs/static/swagger-ui.css', '/docs/errors']) {
      const plain = await app.inject(url)
      for (const _time of ['first', 'cached']) {
        const reply = await app.inject({ url, headers })
        expect(reply.headers).toMatchObject({ vary: 'Accept-Encoding', etag: plain.headers.etag })
        expect(reply.headers['content-encoding']).toBe(encoding)
        expect(reply.headers['content-length']).toBe(String(reply.rawPayload.length))
        const decode = { br: brotliDecompressSync, gzip: gunzipSync }[encoding ?? '']
        const body = decode ? decode(reply.rawPayload) : reply.rawPayload
        expect(body.equals(plain.rawPayload)).toBe(true)
      }
      const again = { ...headers, 'if-none-match': String(plain.headers.etag) }
      const unchanged = await app.inject({ url, headers: again })
      expect([unchanged.statusCode, unchanged.body]).toEqual([304, ''])
      expect(unchanged.headers).toMatchObject({ vary: 'Accept-Encoding' })
    }
  })

  test('are compressed once, however their path is spelled', async () => {
    const app = await startGateway({})
    const file = '/docs/static/swagger-ui.css'
    const spellings = [
      `${file}?x=1`,
      '/docs/static//swagger-ui.css',
      '/docs/static/%73wagger-ui.css',
    ]
    for (const url of [file, ...spellings]) {
      const { statusCode } = await app.inject(url)
      expect([statusCode, statusCode === 200 ? fileOf(url) : file]).toEqual([statusCode, file])
    }
    expect(fileOf('/docs//%2e/static/./x')).toBe('/docs/static/x')
  })

  test('contain no inline script or style, which the policy would block', async () => {
    const app = await startGateway({})
    for (const url of ['/join.html', '/me']) {
      const { body } = await app.inject(url)
      expect(body).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/i)
      const files = [...body.matchAll(/(?:href|src)="(\/[^"#]+)/g)].map((found) => found[1] ?? '')
      for (const file of files)
        expect([file, (await app.inject(file)).statusCode]).toEqual([file, 200])
    }
  })

  test('a path without a file is a 404, and POST to a file a 405', async () => {
    const app = await startGateway({})
    for (const url of [
      '/nothing',
      '/../package.json',
      '/%2e%2e/package.json',
      '/.env',
      '/docs/x',
    ]) {
      const reply = await app.inject(url)
      expect([url, reply.statusCode]).toEqual([url, 404])
      expect(reply.headers['content-type']).toBe('application/problem+json')
    }
    const reply = await app.inject({ method: 'POST', url: '/join.html' })
    expect([reply.statusCode, reply.headers.allow]).toEqual([405, 'HEAD, GET'])
  })
})

describe('share links', () => {
  test('redirect to the form with the code, for GET and HEAD', async () => {
    const app = await startGateway({})
    for (const method of ['GET', 'HEAD'] as const) {
      const reply = await app.inject({ method, url: '/r/AB12-cd_9' })
      expect(reply.statusCode).toBe(302)
      expect(reply.headers.location).toBe('/join.html?ref=AB12-cd_9')
    }
  })

  test('with an invalid code redirect to the form without a code, and nowhere else', async () => {
    const app = await startGateway({})
    const broken = ['%2F%2Fevil.example', 'a%0d%0aSet-Cookie:x', 'a&b=c', '%22', 'x'.repeat(51)]
    for (const code of broken) {
      const reply = await app.inject(`/r/${code}`)
      expect([reply.statusCode, reply.headers.location]).toEqual([302, '/join.html'])
    }
    expect((await app.inject('/r//evil.example')).statusCode).toBe(404)
  })
})

test('the API document is served unchanged', async () => {
  const app = await startGateway({})
  const reply = await app.inject('/openapi.json')
  expect(reply.headers['content-type']).toContain('application/json')
  expect(reply.json()).toMatchObject({ openapi: '3.1.0', paths: { '/echo': {} } })
})

describe('the page of errors', () => {
  test('describes every error where the type of a problem leads', async () => {
    const app = buildApp(testSettings(GatewaySettings, '', {}))
    onTestFinished(() => app.close())
    const page = await app.inject('/docs/errors')
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    const document = JSON.parse(await readFile('openapi.json', 'utf8'))
    const errors = document['x-errors'] as ErrorEntry[]
    expect(errors.length).toBeGreaterThan(40)
    for (const { code } of errors) expect(page.body).toContain(`id="${code}"`)
    const { type } = (await app.inject('/nothing')).json()
    expect(type).toBe('http://localhost:8000/docs/errors#not_found')
  })
})
