// `npm start` of an installed and initialised project, until the gateway first answers 200.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removePostgres } from '@vobee/local/postgres/server'
import { median } from '../report.ts'
import type { Findings } from './report.ts'
import type { Sides } from './sides.ts'
import { startIn } from './start-system.ts'

const ROUNDS = 4

// Without a mail server the mailbox starts too.
const startOnce = async (checkout: string, dataDir: string): Promise<number> => {
  const system = await startIn({ checkout, dataDir, more: { SMTP_URL: '' } })
  await system.stop()
  return system.startedIn
}

export const benchStart = async ({ checkouts }: Sides): Promise<Findings> => {
  const folders = await Promise.all(checkouts.map(() => mkdtemp(join(tmpdir(), 'vobee-start-'))))
  const times: number[][] = checkouts.map(() => [])
  try {
    // The first start initialises the database and the compile cache.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [i, checkout] of checkouts.entries()) {
        const seconds = await startOnce(checkout, folders[i] as string)
        if (round > 0) times[i]?.push(seconds)
      }
    }
    const what = 'npm start, initialised, until every service is ready'
    return { bars: [{ what, unit: 's', values: times.map(median), atMost: 2 }] }
  } finally {
    for (const folder of folders) {
      await removePostgres(folder)
      await rm(folder, { recursive: true, force: true })
    }
  }
}
