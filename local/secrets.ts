// Generates the secrets that are not set once and stores them, readable only by their owner.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type SecretName =
  | 'admin-key'
  | 'person-key-secret'
  | 'member-token-secret'
  | 'postgres-password'
  | 'role-secret'

/** Returns 64 hexadecimal digits, the same ones at every call for this folder and name. */
export const readSecret = async (dataDir: string, name: SecretName): Promise<string> => {
  const path = join(dataDir, name)
  const stored = await read(path)
  if (stored) return stored
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true })
  try {
    // A link is atomic and replaces nothing: of two simultaneous starts, one writes and both read.
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  const secret = await read(path)
  if (!secret) throw new Error(`${path} is empty: delete it to generate a new secret`)
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
