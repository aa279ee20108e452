import { asBearer, inSeconds, memberClaims, signToken } from '@vobee/testing/members'
import { MEMBER_TOKEN_SECRET, PERSON_KEY_SECRET } from '@vobee/testing/settings'
import type { FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../ops/settings.ts'
import { personKeys } from '../privacy/email.ts'
import { identifyBy } from './callers.ts'
import { memberSettings } from './member-settings.ts'
import { memberTokenVerifier, tokenSigner, withMemberTokens } from './members.ts'

const OLDER = 'an-older-member-token-secret-of-32-or-more'
const HOST = 'the-secret-of-the-host-application-itself'

const settingsOf = (more: NodeJS.ProcessEnv = {}) =>
  readSettings(memberSettings, { PERSON_KEY_SECRET, MEMBER_TOKEN_SECRET, ...more })
const whose = memberTokenVerifier(settingsOf())
const claims = memberClaims('Ada.L+list@gmail.com', '00000000-0000-4000-8000-000000000001')
const person = personKeys(PERSON_KEY_SECRET)('adal@gmail.com')

const without = (name: string) =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))
const expired = { status: 401, code: 'token_expired' }
const invalid = {
  status: 401,
  code: 'token_invalid',
  headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
}

describe('a member token', () => {
  test('of the waitlist is valid for an hour and names the entry and the person', async () => {
    const sign = tokenSigner([MEMBER_TOKEN_SECRET])
    const entry = { entry_id: claims.sub, email: claims.email }
    const { member_token, expires_in } = await sign(entry)
    expect(expires_in).toBe(3600)
    const [, payload = ''] = member_token.split('.')
    const { iat, exp, ...rest } = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const { email, sub } = claims
    expect([exp - iat, rest.iss, rest.aud, rest.sub]).toEqual([3600, 'vobee', 'vobee', sub])
    expect(await whose(member_token)).toEqual({ kind: 'member', email, person, hostUserId: null })
  })

  test('is rejected from the second of its expiry', async () => {
    await expect(whose(signToken({ ...claims, exp: inSeconds(-1) }))).rejects.toMatchObject(expired)
  })

  test.each([
    ['of another audience', signToken({ ...claims, aud: 'another' })],
    ['of another issuer', signToken({ ...claims, iss: 'another' })],
    ['without an issuer', signToken(without('iss'))],
    ['without an end', signToken(without('exp'))],
    ['without an entry', signToken(without('sub'))],
    ['without an address', signToken(without('email'))],
    ['signed with another secret', signToken(claims, OLDER)],
    ['that says alg none', signToken(claims, MEMBER_TOKEN_SECRET, { alg: 'none' })],
    [
      'that says alg none and brings no signature',
      signToken(claims, MEMBER_TOKEN_SECRET, { alg: 'none' }).replace(/[^.]*$/, ''),
    ],
    ['that says another algorithm', signToken(claims, MEMBER_TOKEN_SECRET, { alg: 'HS512' })],
    ['that says an algorithm of keys', signToken(claims, MEMBER_TOKEN_SECRET, { alg: 'RS256' })],
    ['with a critical extension', signToken(claims, MEMBER_TOKEN_SECRET, { crit: ['x'], x: 1 })],
    ['that is no JSON', 'aaaa.bbbb.cccc'],
    ['that is no base64url', 'eyJh.-.-'],
  ])('%s is not valid', async (_what, token) => {
    await expect(whose(token)).rejects.toMatchObject(invalid)
  })

  test('that was changed anywhere is invalid', async () => {
    const token = signToken(claims)
    const [header, , signature] = token.split('.')
    const [, other] = signToken({ ...claims, email: 'eve@example.com' }).split('.')
    await expect(whose(`${header}.${other}.${signature}`)).rejects.toMatchObject(invalid)
    for (let at = 0; at < token.length - 1; at += 7) {
      const changed = token[at] === 'A' ? 'B' : 'A'
      const damaged = token.slice(0, at) + changed + token.slice(at + 1)
      if (damaged.split('.').length !== 3) continue
      await expect(whose(damaged)).rejects.toMatchObject(invalid)
    }
  })

  test('is valid with either of two secrets, and with no removed one', async () => {
    const both = settingsOf({ MEMBER_TOKEN_SECRET: `${MEMBER_TOKEN_SECRET}, ${OLDER}` })
    const rotating = memberTokenVerifier(both)
    expect(await rotating(signToken(claims, OLDER))).toMatchObject({ person })
    expect(await rotating(signToken(claims))).toMatchObject({ person })
    const ended = signToken({ ...claims, exp: inSeconds(-9) }, OLDER)
    await expect(rotating(ended)).rejects.toMatchObject(expired)
    await expect(rotating(signToken(claims, HOST))).rejects.toMatchObject(invalid)
    await expect(whose(signToken(claims, OLDER))).rejects.toMatchObject(invalid)
    const { member_token } = await tokenSigner(both.MEMBER_TOKEN_SECRET)({
      entry_id: claims.sub,
      email: claims.email,
    })
    expect(await whose(member_token)).toMatchObject({ person })
  })
})

describe('a token of the host', () => {
  const env = { HOST_JWT_SECRET: HOST, HOST_JWT_ISSUER: 'https://host', HOST_JWT_AUDIENCE: 'us' }
  const theirs = {
    iss: 'https://host',
    aud: ['us', 'them'],
    sub: '7',
    email: 'adal@googlemail.com',
  }
  const good = { ...theirs, exp: inSeconds(60) }
  const accepting = memberTokenVerifier(settingsOf(env))

  test('identifies the same person as our own token', async () => {
    const { email } = theirs
    const member = { kind: 'member', email, person, hostUserId: '7' }
    expect(await accepting(signToken(good, HOST))).toEqual(member)
    expect(await accepting(signToken({ ...good, email_verified: true }, HOST))).toEqual(member)
    expect(await accepting(signToken(claims))).toEqual({
      kind: 'member',
      email: claims.email,
      person,
      hostUserId: null,
    })
  })

  test.each([
    ['abc|42', 'abc|42'],
    [42, '42'],
    [undefined, null],
  ])('with the sub %o is of the user %o', async (sub, hostUserId) => {
    expect(await accepting(signToken({ ...good, sub }, HOST))).toMatchObject({ hostUserId })
  })

  test('tolerates a clock that differs by less than a minute', async () => {
    const late = { ...theirs, exp: inSeconds(-50), nbf: inSeconds(50) }
    expect(await accepting(signToken(late, HOST))).toMatchObject({ person })
    const tooLate = { ...theirs, exp: inSeconds(-61) }
    await expect(accepting(signToken(tooLate, HOST))).rejects.toMatchObject(expired)
    const tooEarly = { ...good, nbf: inSeconds(70) }
    await expect(accepting(signToken(tooEarly, HOST))).rejects.toMatchObject(invalid)
  })

  test.each([
    ['of another audience', { ...good, aud: 'them' }],
    ['of another issuer', { ...good, iss: 'https://another' }],
    ['that calls itself ours', { ...claims }],
    ['without an end', theirs],
    ['without an address', { ...good, email: undefined }],
    ['whose address is none', { ...good, email: 'ada' }],
    ['whose user has no id', { ...good, sub: ' ' }],
    ['whose user has an id of 256 characters', { ...good, sub: 'x'.repeat(256) }],
    ['whose address is not verified', { ...good, email_verified: false }],
    ['whose address is "not" verified', { ...good, email_verified: 'false' }],
  ])('%s is not valid', async (_what, payload) => {
    await expect(accepting(signToken(payload, HOST))).rejects.toMatchObject(invalid)
  })

  test('is invalid without host settings, and if it is signed with our own secret', async () => {
    await expect(whose(signToken(good, HOST))).rejects.toMatchObject(invalid)
    await expect(whose(signToken(good))).rejects.toMatchObject(invalid)
    await expect(accepting(signToken(good))).rejects.toMatchObject(invalid)
  })

  test.each([
    [{ HOST_JWT_SECRET: HOST }, 'HOST_JWT_ISSUER: is not set\n  HOST_JWT_AUDIENCE: is not set'],
    [
      { HOST_JWT_ISSUER: 'x', HOST_JWT_AUDIENCE: 'x' },
      'HOST_JWT_SECRET, HOST_JWKS_URL: set exactly one',
    ],
    [
      { ...env, HOST_JWKS_URL: 'https://host/keys' },
      'HOST_JWT_SECRET, HOST_JWKS_URL: set exactly one',
    ],
    [{ ...env, HOST_JWT_ISSUER: 'vobee' }, 'HOST_JWT_ISSUER: must not be vobee'],
  ])('needs settings that go together: %o', (given, fault) => {
    expect(() => memberTokenVerifier(settingsOf(given))).toThrow(fault)
  })
})

test.each([
  ['', 'is not set'],
  ['short', 'must be one secret, or two'],
  [`${OLDER},short`, 'must be one secret, or two'],
  [[HOST, OLDER, MEMBER_TOKEN_SECRET].join(), 'must be one secret, or two'],
])('MEMBER_TOKEN_SECRET is not "%s"', (MEMBER_TOKEN_SECRET, fault) => {
  expect(() => settingsOf({ MEMBER_TOKEN_SECRET })).toThrow(`MEMBER_TOKEN_SECRET: ${fault}`)
})

test('a credential in the format of a token is never tried as a key', async () => {
  const lookedUp: string[] = []
  const find = async (id: string) => {
    lookedUp.push(id)
    return null
  }
  const identify = withMemberTokens(identifyBy([], { find, touch: () => {} }), settingsOf())
  const asked = (authorization?: string) =>
    identify({ headers: { authorization } } as FastifyRequest)
  expect(await asked()).toEqual({ kind: 'visitor' })
  expect(await asked(asBearer(signToken(claims)).authorization)).toMatchObject({ person })
  await expect(asked('Bearer a.b.c')).rejects.toMatchObject({ code: 'token_invalid' })
  await expect(asked('Bearer a.b')).rejects.toMatchObject({ code: 'invalid_credential' })
  const key = `vk_0123456789ab_${'0'.repeat(48)}`
  await expect(asked(`Bearer ${key}`)).rejects.toMatchObject({ code: 'invalid_credential' })
  expect(lookedUp).toEqual(['0123456789ab'])
})
