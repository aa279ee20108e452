// The lock on the data folder: one `npm start` at a time uses it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const SQLITE_BUSY = 5
// A file that the garbage collector closes is no longer locked.
const locked: DatabaseSync[] = []

/**
 * Locks the folder until this process ends. The operating system releases the lock after a crash as
 * well, because SQLite locks the file with it; Node has no such function of its own.
 * @throws if another process has locked the folder.
 */
export const lockData = (dataDir: string): void => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = new DatabaseSync(join(dataDir, 'lock'))
  try {
    file.exec('pragma journal_mode = memory; begin exclusive')
    locked.push(file)
  } catch (error) {
    file.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    throw new Error(
      `Another npm start uses ${dataDir}. Stop it first, or set DATA_DIR to another folder.`,
    )
  }
}
