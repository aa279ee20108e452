// Keeps one process alive until it is told to stop.
import { type ChildProcess, spawn } from 'node:child_process'
import { EXIT_CONFIG } from '@vobee/shared/ops/serve'
import { createBackoff } from './backoff.ts'

export type Program = {
  name: string
  /** What Node runs: its flags, then the script. */
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
}

export type Supervised = {
  /** SIGTERM, and SIGKILL to its whole group after `limitMs`; resolves when it has ended. */
  stop(limitMs?: number): Promise<void>
  kill(): void
}

type Hearing = {
  say: (line: string) => void
  /** Called when it ends because its settings are wrong: it is not started again. */
  onInvalidSettings?: () => void
}

export const supervise = (
  program: Program,
  { say, onInvalidSettings = () => {} }: Hearing,
): Supervised => {
  const backoff = createBackoff()
  let child: ChildProcess | null = null
  let again: NodeJS.Timeout | undefined
  let stopped = false

  const start = () => {
    const since = performance.now()
    child = launch(program)
    const ended = (how: string) => {
      child = null
      if (stopped) return
      const wait = backoff.fell(performance.now() - since)
      say(`${program.name} ended (${how}) and is started again in ${wait} ms`)
      again = setTimeout(start, wait)
    }
    child.once('exit', (code, signal) => {
      if (code === EXIT_CONFIG) stopped = true
      ended(signal ?? `exit ${code}`)
      if (code === EXIT_CONFIG) onInvalidSettings()
    })
    // Without a process id it never ran, and there will be no 'exit'.
    child.on('error', (error) => child && !child.pid && ended(error.message))
  }
  const kill = () => {
    stopped = true
    clearTimeout(again)
    if (child) signalGroup(child, 'SIGKILL')
  }
  const stop = async (limitMs = 30_000) => {
    stopped = true
    clearTimeout(again)
    if (!child) return
    const exit = new Promise((resolve) => child?.once('exit', resolve))
    const limit = setTimeout(() => {
      say(`${program.name} did not stop in ${limitMs / 1000} s and is killed`)
      kill()
    }, limitMs)
    child.kill('SIGTERM')
    await exit
    clearTimeout(limit)
  }
  start()
  return { stop, kill }
}

// A group of its own: Ctrl-C in the terminal reaches the supervisor alone. The channel closes when
// the supervisor is killed, by which the process knows. Its output is ours without a pipe: whole
// lines at no cost, and none that breaks when the supervisor is gone.
const launch = ({ args, cwd, env }: Program) =>
  spawn(process.execPath, args, {
    cwd,
    env,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals) => {
  try {
    if (child.pid) process.kill(-child.pid, signal)
  } catch {
    child.kill(signal)
  }
}
