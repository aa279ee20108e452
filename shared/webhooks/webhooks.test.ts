import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { signStandard, standardSecret, verifyStandard } from './standard-webhooks.ts'
import { stripeSecret, verifyStripe } from './stripe-signature.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const body = '{"test": 2432232314}'
const bytes = Buffer.from(body)
const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000)
const signed = (seconds = 0, secrets = [secret]) =>
  signStandard({ id: 'msg_1', at: secondsAgo(seconds), body }, secrets)

describe('Standard Webhooks', () => {
  test('the signature is that of the example of the specification', () => {
    const at = new Date(1_614_265_330_000)
    expect(signStandard({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at, body }, [secret])).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  test.each([
    ['five minutes ago', 299, 'valid'],
    ['more than five minutes ago', 302, 'expired'],
    ['in five minutes', -299, 'valid'],
    ['in more than five minutes', -302, 'expired'],
  ])('a webhook that was signed %s', (_, seconds, verdict) => {
    expect(verifyStandard(signed(seconds), bytes, [secret])).toBe(verdict)
  })

  test('during a rotation one of two secrets is enough, on both sides', () => {
    expect(verifyStandard(signed(), bytes, [other, secret])).toBe('valid')
    expect(verifyStandard(signed(0, [other, secret]), bytes, [secret])).toBe('valid')
    expect(verifyStandard(signed(), bytes, [other])).toBe('invalid')
  })

  test('a change of the body, the id or the time makes the signature invalid', () => {
    const headers = signed()
    const changed = Buffer.from(body.replace('4', '5'))
    expect(verifyStandard(headers, changed, [secret])).toBe('invalid')
    const later = String(Number(headers['webhook-timestamp']) + 1)
    for (const change of [{ 'webhook-id': 'msg_2' }, { 'webhook-timestamp': later }])
      expect(verifyStandard({ ...headers, ...change }, bytes, [secret])).toBe('invalid')
  })

  test.each(['', 'v1,', 'v1', 'v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=', 'é'])(
    'the signature "%s" is invalid',
    (signature) => {
      const headers = { ...signed(), 'webhook-signature': signature }
      expect(verifyStandard(headers, bytes, [secret])).toBe('invalid')
    },
  )

  test.each([
    ['whsec_c2hvcnQ=', false],
    [secret.slice(6), false],
    ['whsec_!', false],
    [secret, true],
    [other, true],
  ])('the secret %s is accepted: %s', (text, isAccepted) => {
    expect(standardSecret.safeParse(text).success).toBe(isAccepted)
  })
})

describe('Stripe', () => {
  const stripe = 'whsec_0123456789abcdef0123456789abcdef'
  const sign = (seconds = 0, by = stripe) => {
    const t = Math.floor(secondsAgo(seconds).getTime() / 1000)
    return `t=${t},v1=${createHmac('sha256', by).update(`${t}.${body}`).digest('hex')},v0=ab`
  }

  test('a signature is valid for five minutes, with either of two secrets', () => {
    expect(verifyStripe(sign(), bytes, [`${stripe}0`, stripe])).toBe('valid')
    expect(verifyStripe(sign(302), bytes, [stripe])).toBe('expired')
    expect(verifyStripe(sign(-302), bytes, [stripe])).toBe('expired')
  })

  test('a wrong secret, a changed body and a malformed header are invalid', () => {
    expect(verifyStripe(sign(0, `${stripe}0`), bytes, [stripe])).toBe('invalid')
    expect(verifyStripe(sign(), Buffer.from(`${body} `), [stripe])).toBe('invalid')
    const only = (name: string) =>
      sign()
        .split(',')
        .filter((part) => part.startsWith(name))[0]
    for (const header of [
      '',
      't=,v1=',
      only('t') ?? '',
      only('v1') ?? '',
      sign().replace('v1', 'v0'),
      sign().replace(',v0', '0,v0'),
    ])
      expect(verifyStripe(header, bytes, [stripe])).toBe('invalid')
  })

  test('a secret begins with whsec_', () => {
    expect(stripeSecret.safeParse(stripe).success).toBe(true)
    expect(stripeSecret.safeParse(stripe.slice(6)).success).toBe(false)
  })
})
