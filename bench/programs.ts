// The programs that the baselines come from; one that is missing is said, never replaced.
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

/** The path of a program. @throws naming the Debian package that holds it. */
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

const figure = (output: string, pattern: RegExp): number => {
  const found = pattern.exec(output)?.[1]
  if (!found) throw new Error(`no figure in:\n${output}`)
  return Number(found)
}

export type Load = {
  connections: number
  seconds: number
  /** Of wrk's script. */
  args?: string[]
}

/** Transactions per second of one script file by `pgbench`. */
export const pgbench = async (url: string, file: string, { connections, seconds }: Load) => {
  const output = await run('pgbench', [
    ...['-n', '-M', 'prepared', '-j', '2', '-f', file],
    ...['-c', String(connections), '-T', String(seconds), url],
  ])
  return figure(output, /tps = ([\d.]+)/)
}

/**
 * Good answers per second by `wrk` with a Lua script.
 * @throws when any answer was not 2xx, because then the figure means nothing.
 */
export const wrk = async (url: string, script: string | null, load: Load) => {
  const { connections, seconds, args = [] } = load
  const output = await run('wrk', [
    ...['-t', '2', '-c', String(connections), '-d', `${seconds}s`],
    ...(script ? ['-s', script] : []),
    ...[url, '--', ...args],
  ])
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`not every answer was good:\n${output}`)
  return figure(output, /Requests\/sec:\s+([\d.]+)/)
}
