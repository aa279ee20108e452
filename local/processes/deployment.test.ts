import { expect, test } from 'vitest'
import {
  environmentOf,
  environmentOfMailbox,
  metricsPortsFrom,
  processNames,
} from './deployment.ts'

const deployment = {
  ports: { gateway: 1, waitlist: 2, invites: 3, referrals: 4, 'quality-gates': 5 },
  publicUrl: 'http://localhost:1',
  adminKey: 'admin',
  personKeySecret: 'person',
  memberTokenSecret: 'member',
  smtpUrl: 'smtp://user:secret@mail.example.com',
  databaseUrls: {
    waitlist: 'postgres://w',
    invites: 'postgres://i',
    referrals: 'postgres://r',
    'quality-gates': 'postgres://q',
    gateway: 'postgres://g',
  },
  listenUrls: {
    waitlist: 'postgres://direct-w',
    invites: 'postgres://direct-i',
    referrals: 'postgres://direct-r',
    'quality-gates': 'postgres://direct-q',
  },
}

const databasesOf = (environment: Record<string, string | undefined>) =>
  Object.entries(environment).filter(([, value]) => value?.startsWith('postgres://'))

test('each process gets only its own database URLs', () => {
  const caller = {
    DATABASE_URL: 'postgres://owner',
    LISTEN_DATABASE_URL: 'postgres://owner',
    INVITES_LISTEN_DATABASE_URL: 'postgres://z',
    WAITLIST_DATABASE_URL: 'postgres://x',
    QUALITY_GATES_DATABASE_URL: 'postgres://y',
  }
  const given = processNames.map((name) => databasesOf(environmentOf(name, deployment, caller)))
  expect(given).toEqual([
    [['GATEWAY_DATABASE_URL', 'postgres://g']],
    [
      ['WAITLIST_DATABASE_URL', 'postgres://w'],
      ['WAITLIST_LISTEN_DATABASE_URL', 'postgres://direct-w'],
    ],
    [
      ['INVITES_DATABASE_URL', 'postgres://i'],
      ['INVITES_LISTEN_DATABASE_URL', 'postgres://direct-i'],
    ],
    [
      ['REFERRALS_DATABASE_URL', 'postgres://r'],
      ['REFERRALS_LISTEN_DATABASE_URL', 'postgres://direct-r'],
    ],
    [
      ['QUALITY_GATES_DATABASE_URL', 'postgres://q'],
      ['QUALITY_GATES_LISTEN_DATABASE_URL', 'postgres://direct-q'],
    ],
  ])
})

test('no process inherits the password of the database or npm’s variables', () => {
  const caller = { POSTGRES_PASSWORD: 'x', PGPASSWORD: 'x', PGHOST: 'x', npm_config_omit: 'dev' }
  for (const name of processNames) {
    expect(Object.keys(environmentOf(name, deployment, caller))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(POSTGRES_|PG|npm_)/)]),
    )
  }
})

test('a setting of the caller reaches the processes, except for their own address', () => {
  const caller = { RATE_LIMITS: 'off', TZ: 'Asia/Tokyo', PORT: '9', HOST: 'my-laptop' }
  const expected = { RATE_LIMITS: 'off', TZ: 'Asia/Tokyo', HOST: '127.0.0.1' }
  expect(environmentOf('gateway', deployment, caller)).toMatchObject({ ...expected, PORT: '1' })
  expect(environmentOf('quality-gates', deployment, caller)).toMatchObject({
    ...expected,
    PORT: '5',
  })
})

test('each process gets the secrets that it reads, and no others', () => {
  const caller = {
    PERSON_KEY_SECRET: 'another',
    MEMBER_TOKEN_SECRET: 'another',
    HOST_JWT_SECRET: 'of the host',
    STRIPE_WEBHOOK_SECRET: 'of Stripe',
    ADMIN_API_KEY_FILE: '/run/secrets/admin',
    WAITLIST_DB_PASSWORD: 'another',
  }
  const secrets = { PERSON_KEY_SECRET: 'person', MEMBER_TOKEN_SECRET: 'member' }
  const invites = environmentOf('invites', deployment, caller)
  expect(invites).toMatchObject({ ...secrets, HOST_JWT_SECRET: 'of the host' })
  const gateway = environmentOf('gateway', deployment, caller)
  expect(gateway).toMatchObject({ MEMBER_TOKEN_SECRET: 'member', HOST_JWT_SECRET: 'of the host' })
  expect(environmentOf('referrals', deployment, caller)).toMatchObject({
    STRIPE_WEBHOOK_SECRET: 'of Stripe',
  })
  expect(invites).not.toHaveProperty('STRIPE_WEBHOOK_SECRET')
  expect(gateway).not.toHaveProperty('PERSON_KEY_SECRET')
})

test('the metrics have a port for each process, the gateway first, or none', () => {
  const withMetrics = { ...deployment, metricsPorts: metricsPortsFrom(9100) }
  const portOf = (name: 'gateway' | 'quality-gates', given: typeof withMetrics) =>
    environmentOf(name, given, { METRICS_HOST: '0.0.0.0' })
  expect(portOf('gateway', withMetrics)).toMatchObject({
    ...{ METRICS_PORT: '9100', METRICS_HOST: '127.0.0.1' },
  })
  expect(portOf('quality-gates', withMetrics).METRICS_PORT).toBe('9104')
  expect(environmentOf('gateway', deployment, { METRICS_PORT: '9100' }).METRICS_PORT).toBe('')
})

test('the gateway gets the addresses of the services and allows a local page', () => {
  expect(environmentOf('gateway', deployment, {})).toMatchObject({
    WAITLIST_URL: 'http://127.0.0.1:2',
    QUALITY_GATES_URL: 'http://127.0.0.1:5',
    CORS_ORIGINS: 'http://localhost:8080',
  })
  const caller = { CORS_ORIGINS: 'https://example.com' }
  expect(environmentOf('gateway', deployment, caller)).toMatchObject(caller)
})

test('only the waitlist gets the mail server, whatever the caller sets', () => {
  const caller = { SMTP_URL: 'smtp://caller:secret@elsewhere', DATABASE_URL: 'postgres://owner' }
  for (const name of processNames) {
    const url = name === 'waitlist' ? deployment.smtpUrl : undefined
    expect(environmentOf(name, deployment, caller).SMTP_URL).toBe(url)
  }
  const mailbox = environmentOfMailbox({ smtp: 1, pages: 2 }, '/mail', caller)
  expect(mailbox).toEqual({ MAILBOX_SMTP_PORT: '1', MAILBOX_PORT: '2', MAILBOX_FOLDER: '/mail' })
})
