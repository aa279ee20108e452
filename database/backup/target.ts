// Where a backup is written: under a temporary name, and renamed when it is whole.
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'

export type Target = {
  stream: Writable
  /** Gives the file its name. Returns the name; null for standard output. */
  complete: () => Promise<string | null>
  discard: () => Promise<void>
}

const nothing = async () => {}

const isFolder = async (path: string) =>
  path.endsWith('/') || (await stat(path).catch(() => null))?.isDirectory() === true

const timeStamp = () => new Date().toISOString().replace(/\.\d+/, '').replaceAll(':', '')

/**
 * Opens a file that only this user can read. `out` is its name, or a folder in which it is named
 * after the time; `-` is standard output. @throws if the file exists.
 */
export const openTarget = async (out: string, stdout: Writable): Promise<Target> => {
  if (out === '-') return { stream: stdout, complete: async () => null, discard: nothing }
  const path = (await isFolder(out)) ? join(out, `vobee-${timeStamp()}.tar.gz`) : out
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  if (exists) throw new Error(`${path} exists already.`)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(4).toString('hex')}.partial`
  return {
    stream: createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }),
    complete: async () => {
      await rename(draft, path)
      return path
    },
    discard: () => rm(draft, { force: true }),
  }
}
