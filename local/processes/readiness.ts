// Waits until the whole system is ready. After 30 s it prints what is not.
import { setTimeout as wait } from 'node:timers/promises'
import { addressOf, type Ports, processNames } from './deployment.ts'

const INTERVAL_MS = 50
const REPORT_AFTER_MS = 30_000

/** Resolves to false if `signal` is aborted first. */
export const untilReady = async (
  ports: Ports,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<boolean> => {
  const report = setTimeout(() => reportMissing(ports, say), REPORT_AFTER_MS)
  const urls = [
    `${addressOf(ports, 'gateway')}/ready`,
    // 200 when the gate is evaluated: from then on invites can be issued.
    `${addressOf(ports, 'quality-gates')}/api/quality/trust-score`,
  ]
  try {
    for (const url of urls) {
      while (!(await isReady(url))) {
        if (signal.aborted) return false
        await wait(INTERVAL_MS)
      }
    }
    return !signal.aborted
  } finally {
    clearTimeout(report)
  }
}

const isReady = async (url: string) => {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    await reply.arrayBuffer()
    return reply.status === 200
  } catch {
    return false
  }
}

const reportMissing = async (ports: Ports, say: (line: string) => void) => {
  const ready = await Promise.all(
    processNames.map(
      async (name) => [name, await isReady(`${addressOf(ports, name)}/ready`)] as const,
    ),
  )
  const missing = ready.filter(([, answers]) => !answers).map(([name]) => name)
  const what = missing.length ? `not ready: ${missing.join(', ')}` : 'the gate is not evaluated'
  say(`after ${REPORT_AFTER_MS / 1000} s ${what}; see the lines above. Ctrl-C stops the system`)
}
