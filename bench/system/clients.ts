// Runs load-clients.ts in a process of its own.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Load } from '../load-clients.ts'

/** Latencies in ms. */
type Replies = { count: number; p50: number; p99: number; max: number }
export type ClientsReport = {
  failures: number
  /** The cores that the clients used. */
  cpu: number
  /** By status. */
  statuses: Record<string, Replies>
}

const script = join(import.meta.dirname, '../load-clients.ts')

export const runClients = async (load: Load): Promise<ClientsReport> => {
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(load)])
  return JSON.parse(stdout)
}

export const portOf = (url: string) => Number(new URL(url).port)
