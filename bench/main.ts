// `npm run bench`: runs all benchmarks, or those that are named.
import { benchGateway } from './gateway.ts'
import { benchGenerate } from './generate.ts'
import { benchJoin } from './join.ts'
import { benchRank } from './rank.ts'
import { benchRedeem } from './redeem.ts'
import type { Finding } from './report.ts'
import { report } from './report.ts'
import { type Stack, startStack } from './stack.ts'
import { benchStart } from './start.ts'

const benches: Record<string, (stack: Stack) => Promise<Finding[]>> = {
  join: benchJoin,
  generate: benchGenerate,
  redeem: benchRedeem,
  rank: benchRank,
  gateway: benchGateway,
  start: benchStart,
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !benches[name])
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}. Choose from ${Object.keys(benches).join(', ')}.`,
  )
  process.exit(1)
}

for (const [name, bench] of Object.entries(benches)) {
  if (names.length > 0 && !names.includes(name)) continue
  console.log(`${name} …`)
  const stack = await startStack()
  try {
    await report(await bench(stack))
  } finally {
    await stack.stop()
  }
}
