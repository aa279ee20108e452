// Waits until the whole system answers, and says once what it still waits for.
import { setTimeout as wait } from 'node:timers/promises'
import { addressOf, type Ports, processNames } from './deployment.ts'

const EVERY_MS = 50
const COMPLAIN_AFTER_MS = 30_000

/** Resolves to false when `signal` came first. */
export const untilReady = async (
  ports: Ports,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<boolean> => {
  const complaint = setTimeout(() => complain(ports, say), COMPLAIN_AFTER_MS)
  const urls = [
    `${addressOf(ports, 'gateway')}/ready`,
    // 200 once the gate was evaluated: from then on invites can be issued.
    `${addressOf(ports, 'quality-gates')}/api/quality/trust-score`,
  ]
  try {
    for (const url of urls) {
      while (!(await answers(url))) {
        if (signal.aborted) return false
        await wait(EVERY_MS)
      }
    }
    return !signal.aborted
  } finally {
    clearTimeout(complaint)
  }
}

const answers = async (url: string) => {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await reply.arrayBuffer()
    return reply.status === 200
  } catch {
    return false
  }
}

const complain = async (ports: Ports, say: (line: string) => void) => {
  const ready = await Promise.all(
    processNames.map(
      async (name) => [name, await answers(`${addressOf(ports, name)}/ready`)] as const,
    ),
  )
  const missing = ready.filter(([, isReady]) => !isReady).map(([name]) => name)
  const what = missing.length
    ? `not ready: ${missing.join(', ')}`
    : 'the gate was not evaluated yet'
  say(`after ${COMPLAIN_AFTER_MS / 1000} s ${what}; see the lines above, Ctrl-C stops`)
}
