// `npm run migrate`: one shot, with the owner's DATABASE_URL.
import process from 'node:process'
import { migrate } from './migrate.ts'

try {
  const url = process.env.DATABASE_URL
  if (!url) throw new Error('DATABASE_URL is not set: the URL of the database and its owner.')
  await migrate(url, { say: (line) => console.log(line), given: process.env })
  console.log('The database is at the present schema.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
