import { findPostgresPort } from '../postgres/server.ts'
import type { LocalSettings } from '../settings.ts'
import { portSettings } from './deployment.ts'
import { findFreePort, findPortError } from './ports.ts'

const PREFERRED_POSTGRES_PORT = 5439
const PREFERRED_SMTP_PORT = 1025
const PREFERRED_MAILBOX_PORT = 8025

export type MailboxPorts = { smtp: number; pages: number }

export type ChosenPorts = {
  /** 0: any free port. */
  postgresPort: number
  /** Null if a mail server is set. */
  mailbox: MailboxPorts | null
}

/** Chooses the ports that are not set. @throws if a port that is set is in use. */
export const choosePorts = async (settings: LocalSettings): Promise<ChosenPorts> => {
  const wanted = portSettings(settings.ports, settings.metricsPorts)
  const postgres = settings.postgresPort ?? PREFERRED_POSTGRES_PORT
  const runs = settings.databaseUrl ? null : await findPostgresPort(settings.dataDir)
  const isOwn = settings.databaseUrl !== null || postgres === 0 || runs !== null
  if (settings.postgresPort && !isOwn) wanted.push({ port: postgres, setting: 'POSTGRES_PORT' })
  wanted.push(...mailboxPorts(settings))
  const errors = (await Promise.all(wanted.map(explain))).filter((line) => line !== null)
  if (errors.length) throw new Error(errors.join('\n'))
  const isUsable = isOwn || !(await findPortError(postgres))
  return { postgresPort: isUsable ? postgres : 0, mailbox: await chooseMailbox(settings) }
}

const mailboxPorts = ({ smtpUrl, mailbox }: LocalSettings) => {
  if (smtpUrl) return []
  return [
    { port: mailbox.smtp, setting: 'MAILBOX_SMTP_PORT' },
    { port: mailbox.pages, setting: 'MAILBOX_PORT' },
  ].filter((one): one is { port: number; setting: string } => one.port !== null)
}

const freeOr = async (preferred: number) =>
  (await findPortError(preferred)) ? findFreePort() : preferred

const chooseMailbox = async ({ smtpUrl, mailbox }: LocalSettings): Promise<MailboxPorts | null> =>
  smtpUrl
    ? null
    : {
        smtp: mailbox.smtp ?? (await freeOr(PREFERRED_SMTP_PORT)),
        pages: mailbox.pages ?? (await freeOr(PREFERRED_MAILBOX_PORT)),
      }

const explain = async ({ port, setting }: { port: number; setting: string }) => {
  const code = await findPortError(port)
  if (!code) return null
  const reason = code === 'EADDRINUSE' ? 'is already in use' : `can't be used (${code})`
  return `port ${port} (${setting}) ${reason}`
}
