// Published keys of a host, fetched from a real server that stops and starts.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { findFreePort } from '@vobee/local/processes/ports'
import { inSeconds, signToken } from '@vobee/testing/members'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cachedKeys, hostTokenVerifier } from './host-tokens.ts'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>

const claims = { iss: 'https://host', aud: 'us', sub: '7', email: 'ada@example.com' }
const owner = { email: claims.email, hostUserId: '7' }

let published: object[] = []
let fetched = 0
let answer = 200
const server = createServer((_request, reply) => {
  fetched++
  reply.writeHead(answer, { 'content-type': 'application/json' })
  reply.end(JSON.stringify({ keys: published }))
})
let url: string

const listen = async (port: number) => {
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}
const goAway = async () => {
  server.closeAllConnections()
  if (server.listening) await once(server.close(), 'close')
}

beforeEach(async () => {
  published = []
  fetched = 0
  answer = 200
  url = `http://127.0.0.1:${await listen(await findFreePort())}/keys`
})
afterEach(goAway)

const publish = async (kid: string, alg = 'ES256'): Promise<Pair> => {
  const pair = await generateKeyPair(alg)
  published.push({ ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' })
  return pair
}
const sign = (pair: Pair, kid: string, alg = 'ES256') =>
  new SignJWT({ ...claims, exp: inSeconds(60) })
    .setProtectedHeader({ alg, kid })
    .sign(pair.privateKey)

const accepting = () => {
  const host = hostTokenVerifier({
    HOST_JWKS_URL: url,
    HOST_JWT_ISSUER: claims.iss,
    HOST_JWT_AUDIENCE: claims.aud,
  })
  return host as NonNullable<typeof host>
}

describe('a token signed with a published key', () => {
  test.each(['RS256', 'ES256', 'EdDSA'])(
    '%s identifies the member with its address',
    async (alg) => {
      const pair = await publish('one', alg)
      const whose = accepting()
      const token = await sign(pair, 'one', alg)
      expect(await Promise.all([whose(token), whose(token)])).toEqual([owner, owner])
      expect(fetched).toBe(1)
    },
  )

  test('another algorithm is rejected, also a token signed with the public key as a secret', async () => {
    const { publicKey } = await publish('one')
    const secret = await exportSPKI(publicKey)
    const forged = signToken({ ...claims, exp: inSeconds(60) }, secret, { kid: 'one' })
    await expect(accepting()(forged)).rejects.toThrow('"alg"')
    const strong = await publish('two', 'ES384')
    const token = await sign(strong, 'two', 'ES384')
    await expect(accepting()(token)).rejects.toThrow('"alg"')
  })

  test('another key with the id of a published one is rejected', async () => {
    await publish('one')
    const stranger = await generateKeyPair('ES256')
    await expect(accepting()(await sign(stranger, 'one'))).rejects.toThrow('signature')
  })
})

describe('the published keys', () => {
  /** The cached keys, on a clock that the test sets. */
  const onClock = () => {
    const clock = { ms: 0 }
    const keys = cachedKeys(url, () => clock.ms)
    const find = async (kid: string) => keys({ alg: 'ES256', kid }, { payload: '', signature: '' })
    return { clock, find }
  }

  test('stay cached while the provider is unavailable, and are refreshed in the background', async () => {
    await publish('one')
    const { clock, find } = onClock()
    await find('one')
    const { port } = server.address() as AddressInfo
    await goAway()
    clock.ms = 86_400_000
    await expect(find('one')).resolves.toBeDefined()
    await expect(find('one')).resolves.toBeDefined()
    published = []
    await publish('two')
    await listen(port)
    const lookAgain = () => {
      clock.ms += 30_001
      return find('one').catch(() => 'gone')
    }
    await expect.poll(lookAgain).toBe('gone')
    await expect(find('two')).resolves.toBeDefined()
  })

  test('stay cached if the provider returns something else', async () => {
    await publish('one')
    const { clock, find } = onClock()
    await find('one')
    answer = 500
    clock.ms = 600_001
    await expect(find('one')).resolves.toBeDefined()
    await expect.poll(() => fetched).toBe(2)
    await expect(find('one')).resolves.toBeDefined()
  })

  test('are fetched for an unknown key at most twice a minute', async () => {
    await publish('one')
    const { clock, find } = onClock()
    await find('one')
    await publish('two')
    clock.ms = 29_000
    await expect(find('two')).rejects.toThrow('no applicable key')
    expect(fetched).toBe(1)
    clock.ms = 31_000
    await expect(find('two')).resolves.toBeDefined()
    for (let n = 0; n < 20; n++) await expect(find(`x${n}`)).rejects.toThrow('no applicable key')
    expect(fetched).toBe(2)
  })

  test('that could never be fetched give 503, not 401', async () => {
    const pair = await publish('one')
    const token = await sign(pair, 'one')
    const whose = accepting()
    const { port } = server.address() as AddressInfo
    await goAway()
    const refusal = { status: 503, code: 'unavailable', headers: { 'retry-after': '2' } }
    await expect(whose(token)).rejects.toMatchObject(refusal)
    await listen(port)
    expect(await whose(token)).toEqual(owner)
  })
})
