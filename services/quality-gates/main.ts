import { readSettings, withOwnDatabase } from '@vobee/shared/settings'
import { run } from '@vobee/shared/stop'
import { buildApp } from './app.ts'
import { QualityGatesSettings } from './config.ts'

await run(async () => {
  const env = withOwnDatabase(process.env, 'QUALITY_GATES_DATABASE_URL')
  const settings = readSettings(QualityGatesSettings, env)
  const app = buildApp(settings)
  await app.listen({ host: settings.HOST, port: settings.PORT })
  return app
})
