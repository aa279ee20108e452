// The major version of PostgreSQL that a database belongs to: another one cannot read its files.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageVersion } from './place.ts'

const steps = (folder: string, major: number) => `To move the database to the new version:
  1. With the version of the software that you used before: npm run backup -- --out vobee.tar.gz
  2. Move the old database away: mv ${folder} ${folder}-${major}
  3. With this version: npm run restore -- vobee.tar.gz
Then run npm start. Keep ${folder}-${major} until you have looked at the new one.`

/**
 * Checks that the embedded PostgreSQL can use the database of a data folder, if there is one. Changes
 * nothing. @throws an error that says what to do if it is of another major version.
 */
export const checkMajorVersion = async (dataDir: string): Promise<void> => {
  const folder = join(dataDir, 'postgres')
  const file = join(folder, 'data', 'PG_VERSION')
  if (!existsSync(file)) return
  const found = Number.parseInt(await readFile(file, 'utf8'), 10)
  const own = Number.parseInt(await packageVersion(), 10)
  if (found === own) return
  const problem =
    `The database in ${folder} is of PostgreSQL ${found}, and this version of the software runs ` +
    `PostgreSQL ${own}. Nothing was changed.`
  const advice =
    found < own
      ? steps(folder, found)
      : 'Use the version of the software that created it, or a later one.'
  throw new Error(`${problem} ${advice}`)
}
