// The landing page in a real browser.
import { hasChromium, launchBrowser } from '@vobee/testing/browser'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { call, join } from '../testing/client.ts'
import { sharedStack, useStack } from '../testing/stack.ts'

const stack = sharedStack()
let browser: Browser
let page: Page
let errors: string[]

describe.skipIf(!hasChromium)('the landing page', () => {
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  beforeEach(async () => {
    page = await browser.newPage()
    errors = []
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    page.on('pageerror', (error) => errors.push(error.message))
  })
  afterEach(() => page.close())

  const fill = async (email: string) => {
    await page.getByRole('textbox', { name: 'Email' }).fill(email)
    await page.getByRole('radio', { name: 'Solo founder' }).check()
    await page
      .getByRole('textbox', { name: 'What would you hand off first?' })
      .fill('The marketing of my bakery')
  }
  const submit = () => page.getByRole('button', { name: 'Join the waitlist' }).click()

  test('a visitor joins and sees the position, the estimated wait and a link to share', async () => {
    await page.goto(stack.gateway)
    await fill('visitor@example.com')
    await submit()
    const joined = page.getByRole('region', { name: /in$/ })
    await joined.waitFor()
    expect(await page.locator('#position').textContent()).toContain('1')
    expect(await page.locator('#estimated-wait').textContent()).toContain('1-2 days')
    const link = await page.getByRole('textbox', { name: 'Your link' }).inputValue()
    expect(link).toMatch(/\/r\/[2-9A-HJKMNP-Z]{8}$/)
    expect(errors).toEqual([])
  })

  test('the page asks a visitor to confirm and says why, on the first join and a repeated one', async () => {
    const words = []
    for (const email of ['twice@example.com', 'Twice@example.com']) {
      await page.goto(stack.gateway)
      await fill(email)
      await submit()
      const joined = page.getByRole('region', { name: 'You’re in' })
      await joined.getByText('Use it to confirm your address.').waitFor()
      await joined.getByText('and confirms their address').waitFor()
      words.push(await joined.locator('#confirm-text').textContent())
    }
    expect(words[1]).toBe(words[0])
  })

  describe('where only confirmed people have a position', () => {
    const strict = useStack({ CONFIRMATION: 'place' })

    test('the page shows the position that the visitor would have', async () => {
      await page.goto(strict.gateway)
      await fill('pending@example.com')
      await submit()
      const joined = page.getByRole('region', { name: 'One step left' })
      await joined.getByText('Use it to confirm your address and get your place.').waitFor()
      await joined.getByText('Your place would be').waitFor()
      expect(await joined.locator('#position').textContent()).toBe('#1')
      expect(await page.getByText('You’re in').count()).toBe(0)
    })
  })

  test('a visitor who uses a friend’s link credits the friend', async () => {
    const { body } = await join(stack, 'patron@example.com')
    await page.goto(`${stack.gateway}/r/${body.referral_code}`)
    expect(page.url()).toBe(`${stack.gateway}/join.html?ref=${body.referral_code}`)
    await fill('brought@example.com')
    await submit()
    await page.getByRole('region', { name: /in$/ }).waitFor()
    const quality = `GET /api/referrals/patron@example.com/quality`
    await expect
      .poll(async () => (await call(stack, quality, undefined, { key: true })).body.referred_count)
      .toBe(1)
  })

  test('an error is shown beside its field, and the input stays', async () => {
    await page.goto(`${stack.gateway}/join.html`)
    await page.getByRole('textbox', { name: 'Email' }).fill('nobody')
    await submit()
    expect(await page.locator('#email').getAttribute('aria-invalid')).toBe('true')
    expect(await page.locator('#email-error').textContent()).not.toBe('')
    expect(await page.locator('#use_case-error').textContent()).not.toBe('')
    expect(await page.locator('#email').inputValue()).toBe('nobody')
    expect(await page.evaluate('document.activeElement.id')).toBe('email')
  })

  test('the page fits a phone and works with only the keyboard', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    await page.goto(stack.gateway)
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect(overflow).toBe(0)
    await page.getByRole('textbox', { name: 'Email' }).focus()
    await page.keyboard.type('keys@example.com')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Less typing')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: /in$/ }).waitFor()
    expect(errors).toEqual([])
  })

  test('the page of the API document renders under its content security policy', async () => {
    await page.goto(`${stack.gateway}/docs`)
    await page.getByText('/api/waitlist/join').first().waitFor()
    expect(errors).toEqual([])
  })
})
