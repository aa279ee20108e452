// A mailbox for tests: a real SMTP server that keeps what it is sent, and can be away.
import { type Catcher, catchMail } from '@vobee/local/mailbox/catcher'
import { findFreePort } from '@vobee/local/processes/ports'
import PostalMime, { type Email } from 'postal-mime'
import { afterAll, beforeAll, expect } from 'vitest'

export type { Email }

type Refusal = { address: string; code: number }

export type Mailbox = {
  url: string
  /** Everything that was taken, in the order it came. */
  mails: Email[]
  to: (address: string) => Email[]
  /** Waits until somebody has so many mails. */
  arrived: (address: string, count?: number) => Promise<Email[]>
  /** Goes away, in the middle of whatever it is told. */
  stop: () => Promise<void>
  start: () => Promise<void>
  /** Refuses whom it names; nobody when there is none. */
  refuse: (refusal: Refusal | null) => void
}

const refusing = ({ code }: Refusal) => Object.assign(new Error('not here'), { responseCode: code })

/** Gives the test file that calls it a mailbox, listening from its beginning. */
export const useMailbox = (): Mailbox => {
  const mails: Email[] = []
  let catcher: Catcher | null = null
  let port: number | undefined
  let refused: Refusal | null = null
  const keep = async (mail: Buffer) => mails.push(await PostalMime.parse(mail))
  const admit = (address: string) => {
    if (refused?.address === address) throw refusing(refused)
  }
  const start = async () => {
    port ??= await findFreePort()
    catcher = await catchMail({ port, keep, admit })
  }
  const stop = async () => {
    await catcher?.close()
    catcher = null
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
    refuse: (refusal) => {
      refused = refusal
    },
  }
}
