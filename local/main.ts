// `npm start`: Postgres, migrations and every process of the system, until Ctrl-C.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listenForStop } from './processes/stop-signals.ts'
import { createSystem } from './processes/system.ts'
import { claimPorts } from './processes/taken-ports.ts'
import { readLocalSettings } from './settings.ts'

const root = join(import.meta.dirname, '..')
const say = (line: string) => console.error(`local: ${line}`)

const prepare = async () => {
  const file = join(root, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
  const settings = readLocalSettings(root, process.env)
  return { settings, ...(await claimPorts(settings)) }
}

try {
  const prepared = await prepare()
  const watch = process.argv.includes('--watch')
  const system = createSystem({ root, ...prepared, watch, say })
  listenForStop(system, say)
  await system.start()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
