import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { listenGateway } from './gateway.ts'

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = installed.find((path) => existsSync(path)) ?? ''

test.skipIf(!executablePath)('the documentation renders under the strict policy', async () => {
  const { url } = await listenGateway({})
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('console', (line) => {
    if (line.type() === 'error') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  const reply = await page.goto(`${url}/docs`)
  expect(reply?.headers()['content-security-policy']).toContain("script-src 'self';")
  await page.getByText('/ask').waitFor()
  await page.getByText('/ask').click()
  await page.getByRole('button', { name: 'Try it out' }).waitFor()
  expect(complaints).toEqual([])
})
