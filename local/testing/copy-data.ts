import { execFile } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPlace } from '../postgres/place.ts'

/** Copies a data folder whose Postgres is stopped. */
export const copyData = async (from: string, to: string): Promise<void> => {
  const postgres = join(from, 'postgres')
  await cp(from, to, { recursive: true, filter: (path) => path !== postgres })
  const [source, target] = [await findPlace(from), await findPlace(to)]
  // Keeps the owner, which is another user if this one is root.
  await promisify(execFile)('cp', ['-a', source.data, target.data])
}
