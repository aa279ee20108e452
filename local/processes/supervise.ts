// Runs one process and restarts it until it is stopped.
import { type ChildProcess, spawn } from 'node:child_process'
import { EXIT_CONFIG } from '@vobee/shared/ops/serve'
import { createBackoff } from './backoff.ts'

export type Program = {
  name: string
  /** The arguments of Node: its flags, then the script. */
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
}

export type Supervised = {
  /** Sends SIGTERM, and SIGKILL to its group after `limitMs`. Resolves when it has ended. */
  stop(limitMs?: number): Promise<void>
  kill(): void
}

type Reporting = {
  say: (line: string) => void
  /** Called when the process ends because of invalid settings. It is not restarted. */
  onInvalidSettings?: () => void
}

export const supervise = (
  program: Program,
  { say, onInvalidSettings = () => {} }: Reporting,
): Supervised => {
  const backoff = createBackoff()
  let child: ChildProcess | null = null
  let restart: NodeJS.Timeout | undefined
  let stopped = false

  const start = () => {
    const since = performance.now()
    child = launch(program)
    const ended = (how: string) => {
      child = null
      if (stopped) return
      const wait = backoff.next(performance.now() - since)
      say(`${program.name} ended (${how}); restarting it in ${wait} ms`)
      restart = setTimeout(start, wait)
    }
    child.once('exit', (code, signal) => {
      if (code === EXIT_CONFIG) stopped = true
      ended(signal ?? `exit ${code}`)
      if (code === EXIT_CONFIG) onInvalidSettings()
    })
    // A process without an id never ran and emits no 'exit'.
    child.on('error', (error) => child && !child.pid && ended(error.message))
  }
  const kill = () => {
    stopped = true
    clearTimeout(restart)
    if (child) signalGroup(child, 'SIGKILL')
  }
  const stop = async (limitMs = 30_000) => {
    stopped = true
    clearTimeout(restart)
    if (!child) return
    const exit = new Promise((resolve) => child?.once('exit', resolve))
    const limit = setTimeout(() => {
      say(`${program.name} did not stop in ${limitMs / 1000} s; killing it`)
      kill()
    }, limitMs)
    child.kill('SIGTERM')
    await exit
    clearTimeout(limit)
  }
  start()
  return { stop, kill }
}

// In a separate group, so that Ctrl-C in the terminal reaches only the supervisor. The IPC channel
// closes when the supervisor is killed. Output is inherited: a pipe would cost time and would break
// when the supervisor ends.
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
