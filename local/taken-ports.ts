import { findPortFault } from './ports.ts'
import { findPostgresPort } from './postgres.ts'
import { portVariable, processNames } from './processes.ts'
import type { LocalSettings } from './settings.ts'

const PREFERRED_POSTGRES_PORT = 5439

/** Postgres' port (0: any), after every port that is needed was found free. */
export const claimPorts = async (settings: LocalSettings): Promise<number> => {
  const wanted = processNames.map((name) => ({
    port: settings.ports[name],
    whose: `the ${name}${name.endsWith('s') ? "'" : "'s"} (${portVariable(name)})`,
  }))
  const postgres = settings.postgresPort ?? PREFERRED_POSTGRES_PORT
  const runs = settings.databaseUrl ? null : await findPostgresPort(settings.dataDir)
  const isOwn = settings.databaseUrl !== null || postgres === 0 || runs !== null
  if (settings.postgresPort && !isOwn)
    wanted.push({ port: postgres, whose: "Postgres' (POSTGRES_PORT)" })
  const faults = await Promise.all(wanted.map(explain))
  const said = faults.filter((fault) => fault !== null)
  if (said.length) throw new Error(said.join('\n'))
  if (isOwn || !(await findPortFault(postgres))) return postgres
  return 0
}

const explain = async ({ port, whose }: { port: number; whose: string }) => {
  const fault = await findPortFault(port)
  if (!fault) return null
  const reason = fault === 'EADDRINUSE' ? 'is already in use' : `can't be used (${fault})`
  return `port ${port}, ${whose}, ${reason}`
}
