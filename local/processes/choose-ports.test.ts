import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readLocalSettings } from '../settings.ts'
import { choosePorts } from './choose-ports.ts'
import { findFreePort } from './ports.ts'

const servers = [createServer(), createServer()]
let inUse: number[] = []

beforeEach(async () => {
  inUse = []
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    inUse.push(typeof address === 'object' && address ? address.port : 0)
  }
})

afterEach(() => {
  for (const server of servers) server.close()
})

test('every port in use is named before anything starts', async () => {
  const [gateway, referrals] = inUse
  const free = await Promise.all([findFreePort(), findFreePort(), findFreePort()])
  const settings = readLocalSettings('/', {
    GATEWAY_PORT: String(gateway),
    REFERRALS_PORT: String(referrals),
    WAITLIST_PORT: String(free[0]),
    INVITES_PORT: String(free[1]),
    QUALITY_GATES_PORT: String(free[2]),
    DATABASE_URL: 'postgres://127.0.0.1/none',
  })
  await expect(choosePorts(settings)).rejects.toThrow(
    `port ${gateway} (GATEWAY_PORT) is already in use\n` +
      `port ${referrals} (REFERRALS_PORT) is already in use`,
  )
})

const freeServices = async () => {
  const names = ['GATEWAY', 'WAITLIST', 'INVITES', 'REFERRALS', 'QUALITY_GATES']
  const ports = names.map(async (name) => [`${name}_PORT`, String(await findFreePort())])
  return { ...Object.fromEntries(await Promise.all(ports)), DATABASE_URL: 'postgres://h/none' }
}

test('the mailbox uses the ports that are set, or they are named as in use', async () => {
  const [smtp, pages] = await Promise.all([findFreePort(), findFreePort()])
  const env = {
    ...(await freeServices()),
    MAILBOX_SMTP_PORT: String(smtp),
    MAILBOX_PORT: String(pages),
  }
  const chosen = await choosePorts(readLocalSettings('/', env))
  expect(chosen.mailbox).toEqual({ smtp, pages })
  const clash = readLocalSettings('/', { ...env, MAILBOX_PORT: String(inUse[0]) })
  await expect(choosePorts(clash)).rejects.toThrow(
    `port ${inUse[0]} (MAILBOX_PORT) is already in use`,
  )
})

test('the mailbox uses free ports where none are set', async () => {
  const settings = readLocalSettings('/', await freeServices())
  const chosen = await choosePorts(settings)
  for (const port of Object.values(chosen.mailbox ?? {})) expect(port).toBeGreaterThan(0)
  const elsewhere = { ...(await freeServices()), SMTP_URL: 'smtp://mail.example' }
  expect((await choosePorts(readLocalSettings('/', elsewhere))).mailbox).toBeNull()
})
