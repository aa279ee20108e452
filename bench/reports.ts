// The reports of referrals, with ten million referrals compared to ten thousand.
import { fillReferrals } from './crowd.ts'
import { type Finding, median, sideBySide } from './report.ts'
import { ADMIN_KEY, type Stack, startStack } from './stack.ts'

const MANY = 10_000_000
const FEW = 10_000
const REQUESTS = 100
const ROUNDS = 3

const reports = {
  'leaderboard of all time': 'leaderboard?limit=10',
  'leaderboard of a month': 'leaderboard?period=month&limit=10',
  'leaderboard of a week': 'leaderboard?period=week&limit=10',
  'analytics of all time': 'analytics',
  'analytics of a month': 'analytics?period=month',
  'trends of a year': 'trends?days=365',
}

const headers = { authorization: `Bearer ${ADMIN_KEY}` }

/** Returns the median time of a request, in ms. */
const request = async (address: string, path: string): Promise<number> => {
  const times: number[] = []
  for (let i = 0; i < REQUESTS; i++) {
    const started = performance.now()
    const reply = await fetch(`${address}/api/referrals/${path}`, { headers })
    await reply.arrayBuffer()
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`)
    times.push(performance.now() - started)
  }
  return median(times)
}

/** Measures each report of two services in turn: one with many referrals, one with few. */
export const measureReports = async (big: string, small: string): Promise<Finding[]> => {
  const findings: Finding[] = []
  for (const [name, path] of Object.entries(reports)) {
    for (const address of [small, big]) await request(address, path)
    const times = await sideBySide(
      ROUNDS,
      () => request(big, path),
      () => request(small, path),
    )
    const what = `${name} with 10,000,000 referrals, against with 10,000`
    findings.push({ what, unit: 'ms', bar: 3, lessIsBetter: true, ...times })
  }
  return findings
}

export const benchReports = async (crowd: Stack): Promise<Finding[]> => {
  const few = await startStack()
  try {
    const took = await fillReferrals(crowd.owner, MANY)
    console.log(`counting ${MANY.toLocaleString('en')} referrals: ${Math.round(took / 1000)} s`)
    await fillReferrals(few.owner, FEW)
    return await measureReports(await crowd.start('referrals'), await few.start('referrals'))
  } finally {
    await few.stop()
  }
}
