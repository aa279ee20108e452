// Whether the mail server is available: doubtful after a mail was delayed.
import { setTimeout as wait } from 'node:timers/promises'
import type { Mailer } from '@vobee/shared/mail'

const CHECK_MS = 1_000
const MAX_WAIT_MS = 60_000

type CheckDeps = { mailer: Mailer; isStopping: () => boolean }

export type ServerCheck = {
  doubt: () => void
  isDoubtful: () => boolean
  /** If in doubt, asks the server once. Returns its error; null if it is available. */
  check: () => Promise<string | null>
  /** If in doubt, waits until the server is available. Returns its error if that takes too long. */
  wait: () => Promise<string | null>
}

export const openServerCheck = ({ mailer, isStopping }: CheckDeps): ServerCheck => {
  let isDoubtful = false
  const check = async () => {
    const error = isDoubtful ? await mailer.findError() : null
    if (!error) isDoubtful = false
    return error
  }
  return {
    doubt: () => {
      isDoubtful = true
    },
    isDoubtful: () => isDoubtful,
    check,
    wait: async () => {
      const deadline = performance.now() + MAX_WAIT_MS
      for (;;) {
        const error = await check()
        if (!error || isStopping() || performance.now() > deadline) return error
        await wait(CHECK_MS)
      }
    },
  }
}
