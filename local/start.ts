// Runs Postgres, the migrations and all processes until Ctrl-C.
import { join } from 'node:path'
import { EXIT_CONFIG } from '@vobee/shared/ops/serve'
import { SettingsError } from '@vobee/shared/ops/settings'
import { lockData } from './data-lock.ts'
import { hasCluster } from './postgres/place.ts'
import { choosePorts } from './processes/choose-ports.ts'
import { say } from './processes/say.ts'
import { listenForStop } from './processes/stop-signals.ts'
import { createSystem } from './processes/system.ts'
import { loadSettings } from './settings.ts'

const root = join(import.meta.dirname, '..')

const prepare = async () => {
  const settings = loadSettings()
  lockData(settings.dataDir)
  const ports = await choosePorts(settings)
  // A start that is refused creates no database. Later starts let each process check its settings,
  // because loading all of them takes 0.1 s.
  if (!settings.databaseUrl && !hasCluster(settings.dataDir)) {
    const { checkSettings } = await import('./processes/check-settings.ts')
    checkSettings(settings, process.env)
  }
  return { settings, ...ports }
}

try {
  const prepared = await prepare()
  const watch = process.argv.includes('--watch')
  const system = createSystem({ root, ...prepared, watch, say })
  listenForStop(system, say)
  await system.start()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(error instanceof SettingsError ? EXIT_CONFIG : 1)
}
