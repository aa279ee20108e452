// `npm run keys`: uses the database of DATABASE_URL, or else the one of `npm start`.
import { currentUser, keysCommand } from '@vobee/database/keys/command'
import { urlOfRunning } from '../postgres/own-database.ts'
import { loadSettings } from '../settings.ts'

process.exitCode = await keysCommand(process.argv.slice(2), {
  url: async () => urlOfRunning(loadSettings()),
  user: currentUser(),
  print: console.log,
  say: console.error,
})
