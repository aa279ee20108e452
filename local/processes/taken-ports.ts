import { findPostgresPort } from '../postgres/server.ts'
import type { LocalSettings } from '../settings.ts'
import { portVariable, processNames } from './deployment.ts'
import { findFreePort, findPortFault } from './ports.ts'

const PREFERRED_POSTGRES_PORT = 5439
const PREFERRED_SMTP_PORT = 1025
const PREFERRED_MAILBOX_PORT = 8025

export type MailboxPorts = { smtp: number; pages: number }

export type Claimed = {
  /** 0: any. */
  postgresPort: number
  /** Null where mail goes to a mail server. */
  mailbox: MailboxPorts | null
}

/** The ports that were not said, after every port that was said was found free. */
export const claimPorts = async (settings: LocalSettings): Promise<Claimed> => {
  const wanted = processNames.map((name) => ({
    port: settings.ports[name],
    whose: `the ${name}${name.endsWith('s') ? "'" : "'s"} (${portVariable(name)})`,
  }))
  const postgres = settings.postgresPort ?? PREFERRED_POSTGRES_PORT
  const runs = settings.databaseUrl ? null : await findPostgresPort(settings.dataDir)
  const isOwn = settings.databaseUrl !== null || postgres === 0 || runs !== null
  if (settings.postgresPort && !isOwn)
    wanted.push({ port: postgres, whose: "Postgres' (POSTGRES_PORT)" })
  wanted.push(...mailboxPorts(settings))
  const faults = await Promise.all(wanted.map(explain))
  const said = faults.filter((fault) => fault !== null)
  if (said.length) throw new Error(said.join('\n'))
  const isUsable = isOwn || !(await findPortFault(postgres))
  return { postgresPort: isUsable ? postgres : 0, mailbox: await claimMailbox(settings) }
}

const mailboxPorts = ({ smtpUrl, mailbox }: LocalSettings) => {
  if (smtpUrl) return []
  return [
    { port: mailbox.smtp, whose: "the mailbox's (MAILBOX_SMTP_PORT)" },
    { port: mailbox.pages, whose: "the mailbox's (MAILBOX_PORT)" },
  ].filter((one): one is { port: number; whose: string } => one.port !== null)
}

const freeOr = async (preferred: number) =>
  (await findPortFault(preferred)) ? findFreePort() : preferred

const claimMailbox = async ({ smtpUrl, mailbox }: LocalSettings): Promise<MailboxPorts | null> =>
  smtpUrl
    ? null
    : {
        smtp: mailbox.smtp ?? (await freeOr(PREFERRED_SMTP_PORT)),
        pages: mailbox.pages ?? (await freeOr(PREFERRED_MAILBOX_PORT)),
      }

const explain = async ({ port, whose }: { port: number; whose: string }) => {
  const fault = await findPortFault(port)
  if (!fault) return null
  const reason = fault === 'EADDRINUSE' ? 'is already in use' : `can't be used (${fault})`
  return `port ${port}, ${whose}, ${reason}`
}
