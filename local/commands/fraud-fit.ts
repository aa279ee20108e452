// `npm run fraud:fit`: the database of DATABASE_URL, or else the one of `npm start`.
import { FraudSettings, fitCommand } from '@vobee/referrals/fraud/fit-command'
import { connectOnce } from '@vobee/shared/data/client'
import { readSettings } from '@vobee/shared/ops/settings'
import { openExisting } from '../postgres/own-database.ts'
import { loadSettings } from '../settings.ts'

try {
  const { url, close } = await openExisting(loadSettings())
  const settings = readSettings(FraudSettings, process.env)
  const db = await connectOnce(url)
  process.exitCode = await fitCommand(db, settings, console.log).finally(() => db.end())
  await close()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
