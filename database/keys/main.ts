// The command without `local/`, as in containers. Needs the owner's DATABASE_URL.
import { currentUser, keysCommand } from './command.ts'

const url = async () => {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL
  throw new Error('DATABASE_URL is not set. Set it to the URL of the database with its owner.')
}

process.exitCode = await keysCommand(process.argv.slice(2), {
  url,
  user: currentUser(),
  print: console.log,
  say: console.error,
})
