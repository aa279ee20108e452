// `npm run erased`: the database of DATABASE_URL, or else the one of `npm start`.
import { erasedCommand } from '@vobee/database/backup/erased-command'
import { openExisting } from '../postgres/own-database.ts'
import { loadSettings } from '../settings.ts'

process.exitCode = await erasedCommand(process.argv.slice(2), {
  open: async () => openExisting(loadSettings()),
  print: console.log,
  say: console.error,
})
