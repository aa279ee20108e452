import { readSettings, withOwnDatabase } from '@vobee/shared/ops/settings'
import { run } from '@vobee/shared/ops/stop'
import { buildApp } from './app.ts'
import { WaitlistSettings } from './config.ts'

await run(async () => {
  const env = withOwnDatabase(process.env, 'WAITLIST_DATABASE_URL')
  const settings = readSettings(WaitlistSettings, env)
  const app = buildApp(settings)
  await app.listen({ host: settings.HOST, port: settings.PORT })
  return app
})
