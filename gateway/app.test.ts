import { testSettings } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { GatewaySettings } from './config.ts'

test('a route that does not declare who may call it keeps the gateway from starting', async () => {
  const app = buildApp(testSettings(GatewaySettings, ''))
  app.get('/open', () => 'to whom?')
  await expect(app.ready()).rejects.toThrow('GET /open does not declare who may call it')
})
