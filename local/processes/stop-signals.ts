import type { System } from './system.ts'

// The terminal sends Ctrl-C to npm and to this process, and npm sends it again.
const SAME_PRESS_MS = 500

/** The first Ctrl-C (or SIGTERM, SIGHUP) stops the system, the next one kills it. */
export const listenForStop = (system: System, say: (line: string) => void): void => {
  let first = 0
  const onSignal = async (signal: NodeJS.Signals) => {
    if (first && performance.now() - first < SAME_PRESS_MS) return
    const isAgain = first > 0
    first ||= performance.now()
    say(isAgain ? 'killing all processes' : `${signal}: stopping; press Ctrl-C again to kill`)
    try {
      await (isAgain ? system.kill() : system.stop())
      process.exit(isAgain ? 1 : 0)
    } catch (error) {
      say(error instanceof Error ? error.message : String(error))
      process.exit(1)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // Writing to a closed terminal fails, which must not end this process before the others.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
