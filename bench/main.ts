// `npm run bench`: runs all benchmarks, or those that are named. `system` is all of `system.…`.
import { parseArgs } from 'node:util'
import { benchGateway } from './gateway.ts'
import { benchGenerate } from './generate.ts'
import { benchJoin } from './join.ts'
import { benchRank } from './rank.ts'
import { benchRedeem } from './redeem.ts'
import type { Finding } from './report.ts'
import { report } from './report.ts'
import { benchReports } from './reports.ts'
import { type Stack, startStack } from './stack.ts'
import { benchSystem, systemRows } from './system/main.ts'

const benches: Record<string, (stack: Stack) => Promise<Finding[]>> = {
  join: benchJoin,
  generate: benchGenerate,
  redeem: benchRedeem,
  rank: benchRank,
  reports: benchReports,
  gateway: benchGateway,
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' } },
})
const all = [...Object.keys(benches), ...systemRows]
const named = positionals.flatMap((name) => (name === 'system' ? systemRows : [name]))
const unknown = named.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}. Choose from ${all.join(', ')}, and system for the last ${systemRows.length}.`,
  )
  process.exit(1)
}
const chosen = named.length > 0 ? named : all

for (const [name, bench] of Object.entries(benches)) {
  if (!chosen.includes(name)) continue
  console.log(`${name} …`)
  const stack = await startStack()
  try {
    await report(await bench(stack))
  } finally {
    await stack.stop()
  }
}

const rows = systemRows.filter((name) => chosen.includes(name))
if (rows.length > 0) await benchSystem(rows, values.against)
