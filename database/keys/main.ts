// The command where there is no `local/`, as in containers: with the owner's DATABASE_URL.
import { keysCommand, whoRuns } from './command.ts'

const url = async () => {
  if (process.env.DATABASE_URL) return process.env.DATABASE_URL
  throw new Error('DATABASE_URL is not set: the URL of the database and its owner.')
}

process.exitCode = await keysCommand(process.argv.slice(2), {
  url,
  user: whoRuns(),
  print: console.log,
  say: console.error,
})
