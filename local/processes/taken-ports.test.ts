import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readLocalSettings } from '../settings.ts'
import { findFreePort } from './ports.ts'
import { claimPorts } from './taken-ports.ts'

const servers = [createServer(), createServer()]
let taken: number[] = []

beforeEach(async () => {
  taken = []
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    taken.push(typeof address === 'object' && address ? address.port : 0)
  }
})

afterEach(() => {
  for (const server of servers) server.close()
})

test('every port that is taken is said by name before anything starts', async () => {
  const [gateway, referrals] = taken
  const free = await Promise.all([findFreePort(), findFreePort(), findFreePort()])
  const settings = readLocalSettings('/', {
    GATEWAY_PORT: String(gateway),
    REFERRALS_PORT: String(referrals),
    WAITLIST_PORT: String(free[0]),
    INVITES_PORT: String(free[1]),
    QUALITY_GATES_PORT: String(free[2]),
    DATABASE_URL: 'postgres://127.0.0.1/none',
  })
  await expect(claimPorts(settings)).rejects.toThrow(
    `port ${gateway}, the gateway's (GATEWAY_PORT), is already in use\n` +
      `port ${referrals}, the referrals' (REFERRALS_PORT), is already in use`,
  )
})

const freeServices = async () => {
  const names = ['GATEWAY', 'WAITLIST', 'INVITES', 'REFERRALS', 'QUALITY_GATES']
  const ports = names.map(async (name) => [`${name}_PORT`, String(await findFreePort())])
  return { ...Object.fromEntries(await Promise.all(ports)), DATABASE_URL: 'postgres://h/none' }
}

test('a port of the mailbox that was said is its own, or said to be taken', async () => {
  const [smtp, pages] = await Promise.all([findFreePort(), findFreePort()])
  const env = {
    ...(await freeServices()),
    MAILBOX_SMTP_PORT: String(smtp),
    MAILBOX_PORT: String(pages),
  }
  const claimed = await claimPorts(readLocalSettings('/', env))
  expect(claimed.mailbox).toEqual({ smtp, pages })
  const clash = readLocalSettings('/', { ...env, MAILBOX_PORT: String(taken[0]) })
  await expect(claimPorts(clash)).rejects.toThrow(
    `port ${taken[0]}, the mailbox's (MAILBOX_PORT), is already in use`,
  )
})

test('the mailbox takes other ports where nobody said which', async () => {
  const settings = readLocalSettings('/', await freeServices())
  const claimed = await claimPorts(settings)
  for (const port of Object.values(claimed.mailbox ?? {})) expect(port).toBeGreaterThan(0)
  const elsewhere = { ...(await freeServices()), SMTP_URL: 'smtp://mail.example' }
  expect((await claimPorts(readLocalSettings('/', elsewhere))).mailbox).toBeNull()
})
