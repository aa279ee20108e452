import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { findFreePort } from '@vobee/local/processes/ports'
import { end } from '../stack.ts'
import { cpuTimeOf } from './cpu.ts'

export type Sink = {
  url: string
  /** Returns how many mails arrived. */
  mails: () => Promise<number>
  /** Returns its CPU time so far, in µs. */
  cpuTime: () => Promise<number>
  stop: () => Promise<void>
}

/** Starts a mail server that counts the mails in a process of its own. */
export const startSink = async (): Promise<Sink> => {
  const port = await findFreePort()
  const child = fork(join(import.meta.dirname, 'sink.ts'), { env: { PORT: String(port) } })
  await once(child, 'message')
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails: async () => {
      const reply = once(child, 'message')
      child.send('count')
      return (await reply)[0]
    },
    cpuTime: () => cpuTimeOf(child.pid ?? 0),
    stop: () => end(child),
  }
}
