// `npm run keys`: on the database of DATABASE_URL, else on the one that `npm start` runs.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keysCommand, whoRuns } from '@vobee/database/keys/command'
import { urlOfRunning } from '../postgres/own-database.ts'
import { readLocalSettings } from '../settings.ts'

const root = join(import.meta.dirname, '../..')

const url = async () => {
  const file = join(root, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
  return urlOfRunning(readLocalSettings(root, process.env))
}

process.exitCode = await keysCommand(process.argv.slice(2), {
  url,
  user: whoRuns(),
  print: console.log,
  say: console.error,
})
