// `npm run backup`: the database of DATABASE_URL, or else the one of `npm start`.
import { constants, setPriority } from 'node:os'
import { backupCommand } from '@vobee/database/backup/command'
import { openExisting } from '../postgres/own-database.ts'
import { callersFolder, loadSettings } from '../settings.ts'
import { getPersonKeySecret } from './person-key-secret.ts'

// The system has the CPU first: compressing takes a core otherwise.
setPriority(constants.priority.PRIORITY_LOW)

process.exitCode = await backupCommand(process.argv.slice(2), {
  open: async () => openExisting(loadSettings()),
  personKeySecret: async () => getPersonKeySecret(loadSettings()),
  folder: callersFolder(),
  stdout: process.stdout,
  print: console.log,
  say: console.error,
})
