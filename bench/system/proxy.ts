// The gateway without a system: POST requests to a server that responds at once.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { findFreePort } from '@vobee/local/processes/ports'
import { MEMBER_TOKEN_SECRET } from '@vobee/testing/settings'
import { startSmallReply } from '../gateway.ts'
import { loadWith } from '../programs.ts'
import { median } from '../report.ts'
import { ADMIN_KEY, end, untilAnswers } from '../stack.ts'
import { cpuTimeOf } from './cpu.ts'
import type { Findings } from './report.ts'
import { CONNECTIONS } from './sample.ts'
import type { Sides } from './sides.ts'

const ROUNDS = 5
const WARM_UPS = 3
const script = join(import.meta.dirname, '../join.lua')

type Gateway = { url: string; child: ChildProcess }

const startGateway = async (checkout: string, upstream: string): Promise<Gateway> => {
  const port = await findFreePort()
  const child = spawn(process.execPath, [join(checkout, 'gateway/main.ts')], {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...{ PORT: String(port), ADMIN_API_KEY: ADMIN_KEY, MEMBER_TOKEN_SECRET },
      VISITOR_REQUESTS_PER_MINUTE: '1000000000',
      ...{ WAITLIST_URL: upstream, INVITES_URL: upstream },
      ...{ REFERRALS_URL: upstream, QUALITY_GATES_URL: upstream },
    },
  })
  await untilAnswers(`http://127.0.0.1:${port}/ready`)
  return { url: `http://127.0.0.1:${port}/api/waitlist/join`, child }
}

/** Returns the CPU time of a request, in µs. */
const measure = async ({ url, child: { pid = 0 } }: Gateway): Promise<number> => {
  const before = await cpuTimeOf(pid)
  const { requests } = await loadWith(url, script, { connections: CONNECTIONS, seconds: 2 })
  return ((await cpuTimeOf(pid)) - before) / requests
}

const measureAll = async (gateways: readonly Gateway[]) => {
  const times: number[][] = gateways.map(() => [])
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const [i, gateway] of gateways.entries()) {
      const time = await measure(gateway)
      if (round >= 0) times[i]?.push(time)
    }
  }
  return times
}

export const benchProxy = async ({ checkouts }: Sides): Promise<Findings> => {
  const small = await startSmallReply()
  const gateways: Gateway[] = []
  try {
    for (const checkout of checkouts) gateways.push(await startGateway(checkout, small.address))
    const times = await measureAll(gateways)
    const what = 'POST through the gateway to a bare server, CPU of the gateway'
    return { bars: [{ what, unit: 'µs', values: times.map(median), atMost: 100 }] }
  } finally {
    await Promise.all([...gateways.map(({ child }) => end(child)), end(small.child)])
  }
}
