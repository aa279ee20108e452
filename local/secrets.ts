// Secrets that nobody set: made once, kept in the data folder, readable by their owner alone.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type SecretName =
  | 'admin-key'
  | 'person-key-secret'
  | 'member-token-secret'
  | 'postgres-password'

/** 64 hexadecimal digits, the same ones at every call for this folder and name. */
export const readSecret = async (dataDir: string, name: SecretName): Promise<string> => {
  const path = join(dataDir, name)
  const kept = await read(path)
  if (kept) return kept
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true })
  try {
    // A link appears whole and never replaces: of two that start at once, one writes and both read.
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  const secret = await read(path)
  if (!secret) throw new Error(`${path} is empty: delete it to have a new secret made`)
  return secret
}

const read = async (path: string) => {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
