import { hasChromium, launchBrowser } from '@vobee/testing/browser'
import { expect, onTestFinished, test } from 'vitest'
import { listenGateway } from '../testing/start-gateway.ts'

test.skipIf(!hasChromium)(
  'the documentation renders under the strict content security policy',
  async () => {
    const { url } = await listenGateway({})
    const browser = await launchBrowser()
    onTestFinished(() => browser.close())
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('console', (line) => {
      if (line.type() === 'error') errors.push(line.text())
    })
    page.on('pageerror', (error) => errors.push(error.message))
    const reply = await page.goto(`${url}/docs`)
    expect(reply?.headers()['content-security-policy']).toContain("script-src 'self';")
    await page.getByText('/echo').waitFor()
    await page.getByText('/echo').click()
    await page.getByRole('button', { name: 'Try it out' }).waitFor()
    expect(errors).toEqual([])
  },
)
