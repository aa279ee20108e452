import { chromiumPath, launchBrowser } from '@vobee/testing/browser'
import { expect, onTestFinished, test } from 'vitest'
import { listenGateway } from '../testing/start-gateway.ts'

test.skipIf(!chromiumPath)('the documentation renders under the strict policy', async () => {
  const { url } = await listenGateway({})
  const browser = await launchBrowser()
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
