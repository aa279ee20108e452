// `npm run migrate`: migrates the database of DATABASE_URL, which names the owner.
import process from 'node:process'
import { migrate } from './migrate.ts'
import { readMigrationSettings } from './settings.ts'

try {
  const { ownerUrl, given } = readMigrationSettings(process.env)
  await migrate(ownerUrl, { say: (line) => console.log(line), given })
  console.log('The database has the current schema.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
