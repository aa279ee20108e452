// `npm run restore`: into the database of DATABASE_URL, or else the one of `npm start`.
import { openForCommand } from '../postgres/own-database.ts'
import { restoreCommand } from '../restore/command.ts'
import { callersFolder, loadSettings } from '../settings.ts'
import { getPersonKeySecret } from './person-key-secret.ts'

process.exitCode = await restoreCommand(process.argv.slice(2), {
  open: async () => openForCommand(loadSettings()),
  personKeySecret: async () => getPersonKeySecret(loadSettings()),
  given: () => loadSettings().roleUrls,
  folder: callersFolder(),
  print: console.log,
  say: console.error,
})
