// CPU time by process, from /proc: of the children of `npm start`, and of Postgres with the backends
// that have ended.
import { readdir, readFile } from 'node:fs/promises'

// Linux counts CPU time in hundredths of a second.
const TICK_US = 10_000

export const groups = ['waitlist', 'gateway', 'consumers', 'Postgres', 'npm start'] as const
export type Group = (typeof groups)[number]
/** CPU time in µs. */
export type CpuTimes = Record<Group, number>

type Process = { pid: number; parent: number; own: number; ended: number }

const readProcess = async (pid: string): Promise<Process | null> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name before the last parenthesis may contain spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 15) return null
  const ticks = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) * TICK_US
  return { pid: Number(pid), parent: Number(fields[1]), own: ticks(11), ended: ticks(13) }
}

const readProcesses = async (): Promise<Process[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return (await Promise.all(pids.map(readProcess))).filter((one) => one !== null)
}

/** Returns the CPU time of a process without its children, in µs. */
export const cpuTimeOf = async (pid: number): Promise<number> =>
  (await readProcess(String(pid)))?.own ?? 0

/** Returns the CPU time of the children of this process that have ended, in µs. */
export const endedChildren = async (): Promise<number> => (await readProcess('self'))?.ended ?? 0

const treeOf = (all: readonly Process[], root: number): Process[] => [
  ...all.filter(({ pid }) => pid === root),
  ...all.filter(({ parent }) => parent === root).flatMap(({ pid }) => treeOf(all, pid)),
]

/** Returns the CPU time so far of processes and their children, in µs. */
export const cpuTimeOfTrees = async (pids: readonly number[]): Promise<number> => {
  const all = await readProcesses()
  const trees = pids.flatMap((pid) => treeOf(all, pid))
  return trees.reduce((sum, { own, ended }) => sum + own + ended, 0)
}

const groupOf = async (pid: number): Promise<Group> => {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  if (command.includes('services/waitlist/')) return 'waitlist'
  if (command.includes('gateway/main.ts')) return 'gateway'
  return command.includes('services/') ? 'consumers' : 'npm start'
}

/** Returns the CPU time so far of the processes below `npm start` and below the postmaster. */
export const readCpuTimes = async (npmStart: number, postmaster: number): Promise<CpuTimes> => {
  const all = await readProcesses()
  const times = Object.fromEntries(groups.map((group) => [group, 0])) as CpuTimes
  for (const { pid, own, ended } of treeOf(all, npmStart)) times[await groupOf(pid)] += own + ended
  for (const { own, ended } of treeOf(all, postmaster)) times.Postgres += own + ended
  return times
}

/** Returns the CPU time of all programs of the machine, in µs. */
export const machineTime = async (): Promise<number> => {
  const [, ...ticks] = (await readFile('/proc/stat', 'utf8')).split('\n')[0]?.split(/\s+/) ?? []
  // The fourth and fifth are the time in which a core was idle.
  const busy = ticks.slice(0, 8).filter((_, index) => index !== 3 && index !== 4)
  return busy.reduce((sum, value) => sum + Number(value), 0) * TICK_US
}
