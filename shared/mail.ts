// Sending mail over SMTP. Results contain no personal data.
import { createTransport } from 'nodemailer'
import { messageOf } from './mail-message.ts'

export type Mail = {
  /** The mail's permanent id: every attempt to send it has the same Message-ID. */
  id: string
  to: string
  subject: string
  text: string
  html: string
  headers: Record<string, string>
}

/**
 * `rejected`: the server will never accept the mail. `delayed`: it was not sent, or that is unknown;
 * send it again. `reason` is, for example, `RCPT TO 550`.
 */
export type SendResult = { outcome: 'sent' } | { outcome: 'rejected' | 'delayed'; reason: string }

export type Mailer = {
  send: (mail: Mail) => Promise<SendResult>
  /** Returns null if the server can be reached and accepts the credentials, else the reason. */
  findError: () => Promise<string | null>
  close: () => void
}

/** ms. A mail on a connection that hangs takes less than the 300 s of its job. */
const limits = {
  dnsTimeout: 5_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 30_000,
}

type SmtpError = { code?: string; originalCode?: string; command?: string; responseCode?: number }

// An error's message quotes the address and the server's text about it.
const reasonOf = (error: SmtpError) =>
  [error.command, error.responseCode ?? error.originalCode ?? error.code].filter(Boolean).join(' ')

// A 5xx at the greeting, the login or the sender is the operator's mistake, not the recipient's.
// EENVELOPE without a reply of the server: nodemailer itself rejects the address.
const isPermanent = ({ code, command, responseCode }: SmtpError) => {
  if (!responseCode) return code === 'EENVELOPE'
  return responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')
}

const failedResult = (error: unknown): SendResult => {
  const smtpError = error as SmtpError
  return { outcome: isPermanent(smtpError) ? 'rejected' : 'delayed', reason: reasonOf(smtpError) }
}

/**
 * Opens a mailer on an `smtp:` or `smtps:` URL, which also sets TLS and credentials. It connects at
 * the first mail. Its functions never throw.
 * @param from the sender, as `VoBee <no-reply@example.com>`.
 */
export const openMailer = (url: string, from: string): Mailer => {
  const mailer = createTransport({ ...limits, url, pool: true, maxConnections: 5, maxRequeues: 0 })
  const pool = mailer.transporter
  const host = from.slice(from.lastIndexOf('@') + 1).replace(/>$/, '')
  return {
    send: async ({ id, headers, ...content }) => {
      const message = messageOf({
        ...content,
        from,
        messageId: `<${id}@${host}>`,
        headers: { 'Auto-Submitted': 'auto-generated', ...headers },
      })
      // What the pool reads of a MailMessage. Composing it again in `mailer.sendMail` took 40 µs.
      const mail = { data: {}, message } as unknown as Parameters<typeof pool.send>[0]
      return new Promise<SendResult>((resolve) => {
        pool.send(mail, (error) => resolve(error ? failedResult(error) : { outcome: 'sent' }))
      })
    },
    findError: () =>
      mailer.verify().then(
        () => null,
        (error: SmtpError) => reasonOf(error),
      ),
    close: () => mailer.close(),
  }
}
