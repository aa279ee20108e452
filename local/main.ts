// `npm start`: runs Postgres, the migrations and all processes until Ctrl-C.
import { join } from 'node:path'
import { choosePorts } from './processes/choose-ports.ts'
import { listenForStop } from './processes/stop-signals.ts'
import { createSystem } from './processes/system.ts'
import { loadSettings } from './settings.ts'

const root = join(import.meta.dirname, '..')
const say = (line: string) => console.error(`local: ${line}`)

const prepare = async () => {
  const settings = loadSettings()
  return { settings, ...(await choosePorts(settings)) }
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
