// `npm run backup`: the database of DATABASE_URL, or else the one of `npm start`.
import { backupCommand } from '@vobee/database/backup/command'
import { openExisting } from '../postgres/own-database.ts'
import { callersFolder, loadSettings } from '../settings.ts'
import { getPersonKeySecret } from './person-key-secret.ts'

process.exitCode = await backupCommand(process.argv.slice(2), {
  open: async () => openExisting(loadSettings()),
  personKeySecret: async () => getPersonKeySecret(loadSettings()),
  folder: callersFolder(),
  stdout: process.stdout,
  print: console.log,
  say: console.error,
})
