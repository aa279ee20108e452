import type { System } from './system.ts'

// npm passes Ctrl-C on to us, which the terminal has sent us already: one act, two signals.
const SAME_ACT_MS = 500

/** The first Ctrl-C (or SIGTERM, SIGHUP) stops in good order, the next kills what still runs. */
export const listenForStop = (system: System, say: (line: string) => void): void => {
  let first = 0
  const onSignal = async (signal: NodeJS.Signals) => {
    if (first && performance.now() - first < SAME_ACT_MS) return
    const isAgain = first > 0
    first ||= performance.now()
    say(isAgain ? 'killing what still runs' : `${signal}: stopping, once more to kill`)
    try {
      await (isAgain ? system.kill() : system.stop())
      process.exit(isAgain ? 1 : 0)
    } catch (error) {
      say(error instanceof Error ? error.message : String(error))
      process.exit(1)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // A terminal that is gone can't be written to, which must not end us before the others.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
