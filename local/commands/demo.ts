// `npm run demo`: fills the running system with a launch of 500 people, so that you can look around.
// Starts the system first if it does not run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type LocalSettings, loadSettings } from '../settings.ts'
import { getAdminKey } from './admin-key.ts'
import { fillSystem } from './demo/fill.ts'

const MAILBOX_PORT = 8025

const answers = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (reply) => reply.ok,
    () => false,
  )

/** Starts the system, which then runs until Ctrl-C. Returns null if it already runs. */
const startSystem = async (gateway: string) => {
  if (await answers(`${gateway}/ready`)) return null
  const script = join(import.meta.dirname, '../main.ts')
  const system = spawn(process.execPath, [script], { stdio: 'inherit' })
  // The system decides when it ends. It ignores the second of two signals of one Ctrl-C.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => system.kill(signal))
  while (!(await answers(`${gateway}/ready`))) {
    if (system.exitCode !== null) throw new Error('The system did not start.')
    await wait(100)
  }
  return system
}

const findMailbox = async ({ smtpUrl, mailbox }: LocalSettings) => {
  const url = `http://localhost:${mailbox.pages ?? MAILBOX_PORT}`
  return smtpUrl === null && (await answers(`${url}/api/mails`)) ? url : null
}

const describe = (gateway: string, mailbox: string | null, { dataDir }: LocalSettings) => `
  Landing page   ${gateway}/join.html
  API            ${gateway}/docs
  Mailbox        ${mailbox ?? 'none'}

  Set KEY to the admin key first: KEY=$(cat ${join(dataDir, 'admin-key')})

curl -H "Authorization: Bearer $KEY" "${gateway}/api/waitlist/entries?limit=10"
curl -H "Authorization: Bearer $KEY" "${gateway}/api/waitlist/waves"
curl -H "Authorization: Bearer $KEY" "${gateway}/api/invites/batches"
curl -H "Authorization: Bearer $KEY" "${gateway}/api/quality/history"
`

try {
  const settings = loadSettings()
  const { values } = parseArgs({ options: { people: { type: 'string', default: '500' } } })
  const gateway = settings.publicUrl.replace(/\/+$/, '')
  const system = await startSystem(gateway)
  const [key, mailbox] = [await getAdminKey(settings), await findMailbox(settings)]
  const isNew = await fillSystem({ gateway, key, mailbox }, Number(values.people), console.log)
  if (!isNew) console.log('This system already holds the demo.')
  console.log(describe(gateway, mailbox, settings))
  if (system && system.exitCode === null) await once(system, 'exit')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
