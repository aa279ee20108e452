// The default weights on generated people. Precision: how many of the held and void referrals are
// frauds. Recall: how many of the frauds are held or void.
import { useDatabase } from '@vobee/testing/database'
import { FRAUD_SEEDS, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { publisher } from '../testing/people.ts'
import { populationOf } from '../testing/population/population.ts'
import { replay } from '../testing/population/replay.ts'
import { qualityOfVerdicts, report, verdictsOf } from '../testing/population/verdicts.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

// The default weights were fitted to the people of seed 1. `npm run test:long` adds them.
test.each(FRAUD_SEEDS)(
  'among the people of seed %i, nearly all frauds are held and nearly nobody else',
  async (seed) => {
    const people = populationOf(seed)
    await replay(
      people,
      publisher(db, () => app),
    )
    const verdicts = await verdictsOf(db, people)
    process.stdout.write(`${people.length} people of seed ${seed}: ${report(verdicts)}\n`)
    const { precision, recall } = qualityOfVerdicts(verdicts)
    expect(precision).toBeGreaterThanOrEqual(0.95)
    expect(recall).toBeGreaterThanOrEqual(0.9)
  },
  300_000,
)
