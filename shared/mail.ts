// Mail over SMTP: what became of one is told in words that name nobody.
import { createTransport } from 'nodemailer'

export type Mail = {
  /** Names the mail for good: one that is sent again carries the same Message-ID. */
  id: string
  to: string
  subject: string
  text: string
  html: string
  headers: Record<string, string>
}

/**
 * `refused`: the server will never take it. `delayed`: it was not sent, or nobody knows, and is
 * sent again. `reason` is such as `RCPT TO 550`.
 */
export type SendResult = { outcome: 'sent' } | { outcome: 'refused' | 'delayed'; reason: string }

export type Mailer = {
  send: (mail: Mail) => Promise<SendResult>
  /** Null when the server can be reached and takes the credentials, else why not. */
  findError: () => Promise<string | null>
  close: () => void
}

/** ms. A mail over a connection that hangs takes less than the 300 s of its job. */
const limits = {
  dnsTimeout: 5_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 30_000,
}

type Fault = { code?: string; originalCode?: string; command?: string; responseCode?: number }

// The message of an error repeats the address, and what the server said of it.
const reasonOf = (fault: Fault) =>
  [fault.command, fault.responseCode ?? fault.originalCode ?? fault.code].filter(Boolean).join(' ')

// At the greeting, the login or the sender a 5xx is the fault of whoever runs this. Without an
// answer of the server and for its envelope, nodemailer itself could not write to the address.
const isForGood = ({ code, command, responseCode }: Fault) => {
  if (!responseCode) return code === 'EENVELOPE'
  return responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')
}

const failedResult = (error: unknown): SendResult => {
  const fault = error as Fault
  return { outcome: isForGood(fault) ? 'refused' : 'delayed', reason: reasonOf(fault) }
}

/**
 * Opens a mailer on an `smtp:` or `smtps:` URL; TLS and credentials are as it says. Nothing
 * connects before the first mail. Nothing it does throws.
 * @param from the sender, as `VoBee <no-reply@example.com>`.
 */
export const openMailer = (url: string, from: string): Mailer => {
  const pool = createTransport({ ...limits, url, pool: true, maxConnections: 5, maxRequeues: 0 })
  const host = from.slice(from.lastIndexOf('@') + 1).replace(/>$/, '')
  return {
    send: async ({ id, to, headers, ...content }) => {
      const message = {
        ...content,
        from,
        to: { name: '', address: to },
        messageId: `<${id}@${host}>`,
        headers: { 'Auto-Submitted': 'auto-generated', ...headers },
        disableFileAccess: true,
        disableUrlAccess: true,
      }
      return pool.sendMail(message).then(() => ({ outcome: 'sent' as const }), failedResult)
    },
    findError: () =>
      pool.verify().then(
        () => null,
        (error: Fault) => reasonOf(error),
      ),
    close: () => pool.close(),
  }
}
