import { testSettings } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { GatewaySettings } from './config.ts'

test('the gateway does not start if a route does not declare who may call it', async () => {
  const app = buildApp(testSettings(GatewaySettings, ''))
  app.get('/open', () => 'undeclared')
  await expect(app.ready()).rejects.toThrow('GET /open does not declare who may call it')
})
