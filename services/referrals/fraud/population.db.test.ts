// The default weights on generated people. Precision: how many of the held and void referrals are
// frauds. Recall: how many of the frauds are held or void.
import { useDatabase } from '@vobee/testing/database'
import { FRAUD_SEEDS, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { publisher } from '../testing/people.ts'
import type { Person } from '../testing/population/person.ts'
import { populationOf } from '../testing/population/population.ts'
import { replay } from '../testing/population/replay.ts'
import { qualityOfVerdicts, report, verdictsOf } from '../testing/population/verdicts.ts'
import { fitCommand } from './fit-command.ts'
import { defaultWeights, Weights } from './weights.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

/** Reviews some referrals as they are: every seventh of those with a signal. */
const review = (people: readonly Person[]) =>
  db.owner.query(
    `update referrals.referrals as referral
     set decision = case when fraud then 'voided' else 'approved' end, decided_at = now(),
         state = case when fraud then 'void' else 'counted' end,
         reason = case when fraud then 'fraud' end
     from unnest($1::text[], $2::boolean[]) as person (name, fraud)
     join referrals.members as referred on referred.person = name
     where referred_user_id = referred.id and state in ('joined', 'counted', 'held')
       and fraud_reasons <> '[]' and hashtext(name) % 7 = 0`,
    [people.map(({ name }) => name), people.map(({ fraud }) => fraud !== null)],
  )

/** Fits weights that hold nearly everybody who joined on a shared network. */
const fit = async () => {
  const printed: string[] = []
  const flat = Object.fromEntries(Object.keys(defaultWeights).map((name) => [name, 1]))
  const settings = { FRAUD_HOLD: 60, FRAUD_WEIGHTS: { ...defaultWeights, ...flat, bias: 0 } }
  expect(await fitCommand(db.owner, settings, (text) => printed.push(text))).toBe(0)
  const percent = (line: string | undefined) => (line?.match(/\d+(?= %)/g) ?? []).map(Number)
  const [before, after] = [percent(printed[2]), percent(printed[3])]
  process.stdout.write(
    `fitted to reviews, precision and recall: ${before} before, ${after} after\n`,
  )
  expect(before[0]).toBeLessThan(80)
  for (const share of after) expect(share).toBeGreaterThanOrEqual(90)
  const [, line = ''] = /^FRAUD_WEIGHTS=(.*)$/.exec(printed.at(-1) ?? '') ?? []
  expect(Weights.parse(JSON.parse(line)).bias).toBeLessThan(-2)
}

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
    await review(people)
    await fit()
  },
  300_000,
)
