// `npm run bench -- system`: the whole system, of this checkout and with --against of another one.
import { join, resolve } from 'node:path'
import { benchIdle } from './idle.ts'
import { benchDirect, benchGateway } from './joins.ts'
import { benchKeyed } from './keyed.ts'
import { benchMail } from './mail.ts'
import { type Findings, reportSystem, versionOf } from './report.ts'
import { openSides, type Sides } from './sides.ts'

const rows: Record<string, (sides: Sides) => Promise<Findings>> = {
  'system.join': benchDirect,
  'system.gateway': benchGateway,
  'system.keyed': benchKeyed,
  'system.mail': benchMail,
  'system.idle': benchIdle,
}

export const systemRows = Object.keys(rows)

/** Measures the named rows, and prints and stores them. */
export const benchSystem = async (names: readonly string[], against: string | undefined) => {
  const root = join(import.meta.dirname, '../..')
  const sides = openSides(against === undefined ? [root] : [root, resolve(against)])
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
