import { readSettings } from '@vobee/shared/ops/settings'
import { run } from '@vobee/shared/ops/stop'
import { buildApp } from './app.ts'
import { GatewaySettings } from './config.ts'

await run(async () => {
  const settings = readSettings(GatewaySettings, process.env)
  const app = buildApp(settings)
  await app.listen({ host: settings.HOST, port: settings.PORT })
  return app
})
