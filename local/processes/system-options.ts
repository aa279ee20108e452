import type { LocalSettings } from '../settings.ts'
import type { MailboxPorts } from './choose-ports.ts'

export type SystemOptions = {
  root: string
  settings: LocalSettings
  /** 0: any free port. */
  postgresPort: number
  /** Null if a mail server is set. */
  mailbox: MailboxPorts | null
  watch: boolean
  say(line: string): void
}
