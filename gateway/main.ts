import { readSettings } from '@vobee/shared/settings'
import { run } from '@vobee/shared/stop'
import { buildApp } from './app.ts'
import { GatewaySettings } from './config.ts'

await run(async () => {
  const settings = readSettings(GatewaySettings, process.env)
  const app = buildApp(settings)
  await app.listen({ host: settings.HOST, port: settings.PORT })
  return app
})
