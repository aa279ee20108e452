// `node bench/gateway-versions.ts PATH` compares this checkout's gateway with that of the checkout
// at PATH: requests per second, and CPU time per request, which is steadier on a busy machine.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findFreePort } from '@vobee/local/processes/ports'
import { MEMBER_TOKEN_SECRET } from '@vobee/testing/settings'
import { startSmallReply } from './gateway.ts'
import { wrk } from './programs.ts'
import { median } from './report.ts'
import { ADMIN_KEY, end, startStack, untilAnswers } from './stack.ts'

const ROUNDS = 9
const WARM_UPS = 3
const SECONDS = 2
// Linux counts CPU time in hundredths of a second.
const TICK_US = 10_000

const cpuTime = async ({ pid }: ChildProcess) => {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

type Gateway = { url: string; child: ChildProcess }

const startGateway = async (checkout: string, upstream: string): Promise<Gateway> => {
  const port = await findFreePort()
  const child = spawn(process.execPath, [join(checkout, 'gateway/main.ts')], {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...{
        PORT: String(port),
        ADMIN_API_KEY: ADMIN_KEY,
        MEMBER_TOKEN_SECRET,
        VISITOR_REQUESTS_PER_MINUTE: '1000000000',
      },
      ...{ WAITLIST_URL: upstream, INVITES_URL: upstream },
      ...{ REFERRALS_URL: upstream, QUALITY_GATES_URL: upstream },
    },
  })
  await untilAnswers(`http://127.0.0.1:${port}/ready`)
  return { url: `http://127.0.0.1:${port}`, child }
}

type Scenario = { name: string; path: string; script: string | null; connections: number }

const measure = async ({ url, child }: Gateway, { path, script, connections }: Scenario) => {
  const before = await cpuTime(child)
  const perSecond = await wrk(url + path, script, { connections, seconds: SECONDS })
  return { perSecond, cpu: ((await cpuTime(child)) - before) / (perSecond * SECONDS) }
}

const compare = async (scenario: Scenario, upstream: string, checkouts: string[]) => {
  const gateways = await Promise.all(checkouts.map((path) => startGateway(path, upstream)))
  const results = gateways.map(() => ({ cpu: [] as number[], perSecond: [] as number[] }))
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
    for (const i of round % 2 ? [0, 1] : [1, 0]) {
      const { cpu, perSecond } = await measure(gateways[i] as Gateway, scenario)
      if (round < 0) continue
      results[i]?.cpu.push(cpu)
      results[i]?.perSecond.push(perSecond)
    }
  }
  await Promise.all(gateways.map(({ child }) => end(child)))
  for (const [i, { cpu, perSecond }] of results.entries()) {
    const rate = Math.round(median(perSecond)).toLocaleString('en')
    console.log(
      `| ${scenario.name} | ${checkouts[i]} | ${rate} | ${median(cpu).toFixed(1)} | ${Math.min(...cpu).toFixed(1)} |`,
    )
  }
}

const checkouts = [resolve(process.argv[2] ?? ''), join(import.meta.dirname, '..')]
const path = '/api/waitlist/join'
const script = join(import.meta.dirname, 'join.lua')
const get = { name: 'small GET', path: '/api/waitlist/stats', script: null, connections: 32 }
const post = { name: 'POST of a join to a bare server', path, script, connections: 64 }
const joins = { name: 'join', path, script, connections: 64 }
console.log('| what | checkout | requests/s | CPU µs per request, median | lowest |')
console.log('| --- | --- | --- | --- | --- |')
const small = await startSmallReply()
await compare(get, small.address, checkouts)
await compare(post, small.address, checkouts)
await end(small.child)
const stack = await startStack()
await compare(joins, await stack.start('waitlist'), checkouts)
await stack.stop()
