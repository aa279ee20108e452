// `npm run migrate`: migrates the database of DATABASE_URL, which names the owner.
import process from 'node:process'
import { migrate } from './migrate.ts'

try {
  const url = process.env.DATABASE_URL
  if (!url)
    throw new Error('DATABASE_URL is not set. Set it to the URL of the database with its owner.')
  await migrate(url, { say: (line) => console.log(line), given: process.env })
  console.log('The database has the current schema.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
