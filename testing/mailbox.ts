// A mailbox for tests: a real SMTP server that stores its mail and can be stopped.
import { type SmtpServer, startSmtpServer } from '@vobee/local/mailbox/smtp-server'
import { findFreePort } from '@vobee/local/processes/ports'
import PostalMime, { type Email } from 'postal-mime'
import { afterAll, beforeAll, expect } from 'vitest'

export type { Email }

export const parseMail = (raw: Buffer | string): Promise<Email> => PostalMime.parse(raw)

type Rejection = { address: string; code: number }

export type Mailbox = {
  url: string
  /** All accepted mails, in order of arrival. */
  mails: Email[]
  to: (address: string) => Email[]
  /** Waits until an address has `count` mails. */
  arrived: (address: string, count?: number) => Promise<Email[]>
  /** Stops the server and cuts its connections. */
  stop: () => Promise<void>
  start: () => Promise<void>
  /** Holds all mail until `release`; `reached` resolves with the first. */
  hold: () => { reached: Promise<void>; release: () => void }
  /** Rejects the recipient with the code; null: rejects nobody. */
  reject: (rejection: Rejection | null) => void
}

const rejectionError = ({ code }: Rejection) =>
  Object.assign(new Error('not here'), { responseCode: code })

/** Starts a mailbox for the calling test file. */
export const useMailbox = (): Mailbox => {
  const mails: Email[] = []
  let server: SmtpServer | null = null
  let port: number | undefined
  let rejected: Rejection | null = null
  const store = async (mail: Buffer) => mails.push(await parseMail(mail))
  let held: { reach: () => void; released: Promise<void> } | null = null
  const checkRecipient = async (address: string) => {
    held?.reach()
    await held?.released
    if (rejected?.address === address) throw rejectionError(rejected)
  }
  const start = async () => {
    port ??= await findFreePort()
    server = await startSmtpServer({ port, store, checkRecipient })
  }
  const stop = async () => {
    await server?.close()
    server = null
  }
  const to = (address: string) =>
    mails.filter((mail) => mail.to?.some((one) => one.address === address))
  beforeAll(start)
  afterAll(stop)
  return {
    get url() {
      return `smtp://127.0.0.1:${port}`
    },
    mails,
    to,
    arrived: async (address, count = 1) => {
      await expect.poll(() => to(address).length).toBeGreaterThanOrEqual(count)
      return to(address)
    },
    stop,
    start,
    hold: () => {
      const [first, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      held = { reach: first.resolve, released: end.promise }
      return { reached: first.promise, release: end.resolve }
    },
    reject: (rejection) => {
      rejected = rejection
    },
  }
}
