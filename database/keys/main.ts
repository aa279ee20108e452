// The command without `local/`, as in containers. Needs the owner's DATABASE_URL.
import { readOwnerUrl } from '../settings.ts'
import { currentUser, keysCommand } from './command.ts'

process.exitCode = await keysCommand(process.argv.slice(2), {
  url: async () => readOwnerUrl(process.env),
  user: currentUser(),
  print: console.log,
  say: console.error,
})
