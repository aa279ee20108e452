// A running system for a test file.
import { copyData } from '@vobee/local/testing/copy-data'
import { EMPTY } from '@vobee/testing/empty'
import { afterAll, beforeAll, describe, inject, vi } from 'vitest'
import { call } from './client.ts'
import { makeDataFolder, removeDataFolder, type Stack, startStack } from './start-stack.ts'
import { asOwner } from './traces.ts'

declare module 'vitest' {
  interface ProvidedContext {
    initialisedData: string
  }
}

/** Starts a system for the calling test file, on a copy of the initialised data. */
export const useStack = (settings: NodeJS.ProcessEnv = {}): Stack => {
  const given = {} as Stack
  let dataDir = ''
  beforeAll(async () => {
    dataDir = await makeDataFolder()
    await copyData(inject('initialisedData'), dataDir)
    Object.assign(given, await startStack(dataDir, settings))
  })
  afterAll(async () => {
    await given.end?.()
    await removeDataFolder(dataDir)
  })
  return given
}

/** The secrets of a shared system, with which tests compute person keys and sign tokens. */
export const secrets = {
  PERSON_KEY_SECRET: 'the-person-key-secret-of-a-shared-system',
  MEMBER_TOKEN_SECRET: 'the-member-token-secret-of-a-shared-system',
}

/** The settings of a host application: its tokens, and the webhooks of its payment system. */
export const host = {
  HOST_JWT_SECRET: 'the-secret-of-the-host-of-a-shared-system',
  HOST_JWT_ISSUER: 'the host',
  HOST_JWT_AUDIENCE: 'vobee',
  STRIPE_WEBHOOK_SECRET: 'whsec_of_stripe_of_a_shared_system',
  CONVERSION_WEBHOOK_SECRET: `whsec_${Buffer.from('the webhook secret of a shared system').toString('base64')}`,
}

let shared: Stack

/** Starts a system for the journeys of the calling test file: each start takes seconds. */
export const useSharedStack = (settings: NodeJS.ProcessEnv = {}) => {
  shared = useStack({ ...secrets, RATE_LIMITS: 'off', ...settings })
}

/** Returns the system of the test file that loads the calling journey. */
export const sharedStack = (): Stack => shared

const WAITING = `
  select (select count(*) from waitlist.inbox where dead_lettered_at is null)
    + (select count(*) from invites.inbox where dead_lettered_at is null)
    + (select count(*) from referrals.inbox where dead_lettered_at is null)
    + (select count(*) from quality_gates.inbox where dead_lettered_at is null) as events`

/** Waits until no event waits: every service knows what the others published. */
export const allConsumed = (stack: Stack) =>
  asOwner(stack, async (client) => {
    const isDone = async () => (await client.query(WAITING)).rows[0].events === '0'
    await vi.waitUntil(isDone, { timeout: 20_000, interval: 100 })
  })

// The events that wait would fill the tables again.
const emptySystem = async (stack: Stack) =>
  asOwner(stack, async (client) => {
    await allConsumed(stack)
    await client.query(EMPTY)
    await call(stack, 'POST /api/quality/evaluate-gate', {}, { key: true })
  })

/** Adds the tests of a journey, which begins with an empty system. `load` imports its module. */
export const journey = (name: string, load: () => Promise<unknown>) => {
  const stack = shared
  describe(name, async () => {
    beforeAll(() => emptySystem(stack))
    await load()
  })
}
