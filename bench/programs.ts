// The programs of the baselines. A missing program is an error that names its package.
import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

const debianPackage: Record<string, string> = {
  pgbench: 'postgresql-contrib',
  wrk: 'wrk',
  nginx: 'nginx-light',
}

/** Returns the path of a program. @throws an error that names its Debian package. */
export const find = async (program: string): Promise<string> => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']
  for (const folder of folders) {
    const path = join(folder, program)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  throw new Error(`${program} is missing: apt-get install ${debianPackage[program] ?? program}`)
}

const run = async (program: string, args: string[]) => {
  const { stdout } = await execute(await find(program), args, { maxBuffer: 1 << 24 })
  return stdout
}

const numberIn = (output: string, pattern: RegExp): number => {
  const found = pattern.exec(output)?.[1]
  if (!found) throw new Error(`no number in:\n${output}`)
  return Number(found)
}

export type Load = {
  connections: number
  seconds: number
  /** Arguments of wrk's script. */
  args?: string[]
}

/** Returns the transactions per second that `pgbench` measures for a script file. */
export const pgbench = async (url: string, file: string, { connections, seconds }: Load) => {
  const output = await run('pgbench', [
    ...['-n', '-M', 'prepared', '-j', '2', '-f', file],
    ...['-c', String(connections), '-T', String(seconds), url],
  ])
  return numberIn(output, /tps = ([\d.]+)/)
}

export type LoadResult = {
  requests: number
  perSecond: number
  /** Latencies in ms. */
  p50: number
  p99: number
}

const inMs: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

const latencyIn = (output: string, percentile: number) => {
  const [, value, unit] = new RegExp(`${percentile}%\\s+([\\d.]+)(us|ms|s|m)`).exec(output) ?? []
  return Number(value) * (inMs[unit ?? ''] ?? Number.NaN)
}

/**
 * Returns what `wrk` measures with a Lua script.
 * @throws if a response is not 2xx, because the number would be meaningless.
 */
export const loadWith = async (
  url: string,
  script: string | null,
  { connections, seconds, args = [] }: Load,
): Promise<LoadResult> => {
  const output = await run('wrk', [
    ...['-t', '2', '-c', String(connections), '-d', `${seconds}s`, '--latency'],
    ...(script ? ['-s', script] : []),
    ...[url, '--', ...args],
  ])
  if (/Non-2xx|Socket errors/.test(output))
    throw new Error(`not every response was 2xx:\n${output}`)
  return {
    requests: numberIn(output, /(\d+) requests in/),
    perSecond: numberIn(output, /Requests\/sec:\s+([\d.]+)/),
    ...{ p50: latencyIn(output, 50), p99: latencyIn(output, 99) },
  }
}

/** Returns the responses per second of `loadWith`. */
export const wrk = async (url: string, script: string | null, load: Load) =>
  (await loadWith(url, script, load)).perSecond
