// `npm run bench -- system`: the whole system, of this checkout and with --against of another one.
import { join, resolve } from 'node:path'
import { benchAbuse } from './abuse.ts'
import { benchIdle } from './idle.ts'
import { benchDirect, benchGateway } from './joins.ts'
import { benchKeyed } from './keyed.ts'
import { benchMail } from './mail.ts'
import { benchOverload } from './overload.ts'
import { benchProxy } from './proxy.ts'
import { type Findings, reportSystem, versionOf } from './report.ts'
import { openSides, type Sides } from './sides.ts'
import { benchStart } from './start.ts'

const rows: Record<string, (sides: Sides) => Promise<Findings>> = {
  'system.join': benchDirect,
  'system.gateway': benchGateway,
  'system.keyed': benchKeyed,
  'system.mail': benchMail,
  'system.overload': benchOverload,
  'system.idle': benchIdle,
  'system.abuse': benchAbuse,
  'system.proxy': benchProxy,
  'system.start': benchStart,
}

export const systemRows = Object.keys(rows)

/** Measures the named rows, and prints and stores them. */
export const benchSystem = async (names: readonly string[], against: string | undefined) => {
  const root = join(import.meta.dirname, '../..')
  const checkouts = against === undefined ? [root] : [root, resolve(against)]
  // The load comes from one address.
  const sides = openSides(checkouts, { RATE_LIMITS: 'off' })
  process.once('SIGTERM', () => sides.stop().finally(() => process.exit(1)))
  const versions = await Promise.all(sides.checkouts.map(versionOf))
  try {
    for (const name of names) {
      console.log(`${name} …`)
      const findings = await rows[name]?.(sides)
      if (findings) await reportSystem(findings, versions)
    }
  } finally {
    await sides.stop()
  }
}
