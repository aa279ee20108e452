// The member's page in a real browser, with the mails of the mailbox.
import { readFile } from 'node:fs/promises'
import { personKeys } from '@vobee/shared/privacy/email'
import { hasChromium, launchBrowser } from '@vobee/testing/browser'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { join } from '../testing/client.ts'
import { secrets, sharedStack } from '../testing/stack.ts'
import { asOwner, findTraces } from '../testing/traces.ts'

const stack = sharedStack()

const ada = 'Ada.Byron+vobee@Example.com'
const traces = [ada, 'ada.byron@example.com', personKeys(secrets.PERSON_KEY_SECRET)(ada)]
const found = () => findTraces(stack, traces)

let browser: Browser
let context: BrowserContext
/** The tab in which the member is signed in. */
let page: Page
const errors: string[] = []

/** The browser also logs rejected requests, which the page handles. */
const isError = (text: string) => !text.startsWith('Failed to load resource')

const listen = (opened: Page) => {
  opened.on('pageerror', (error) => errors.push(error.message))
  opened.on('console', (message) => {
    if (message.type() === 'error' && isError(message.text())) errors.push(message.text())
  })
}

const mailbox = () => /"mailbox":"(http:[^"]+)"/.exec(stack.printed())?.[1] as string

type Mail = { subject: string; text: string }

const mailsTo = async (address: string): Promise<Mail[]> => {
  const base = `${mailbox()}/api/mails`
  const list = await fetch(`${base}?to=${encodeURIComponent(address)}`)
  const { mails } = (await list.json()) as { mails: { id: string }[] }
  const read = async ({ id }: { id: string }) => (await fetch(`${base}/${id}`)).json()
  return Promise.all(mails.map(read)) as Promise<Mail[]>
}

const confirming = 'Please confirm your address for VoBee'
const asked = 'Your link to VoBee'

/** Waits for `count` mails with the subject and returns the link of the newest. */
const linkTo = async (address: string, subject: string, { kind = '', count = 1 } = {}) => {
  const mails = async () => (await mailsTo(address)).filter((mail) => mail.subject === subject)
  await expect.poll(async () => (await mails()).length).toBe(count)
  const [newest] = await mails()
  return new RegExp(`http\\S+/me#${kind}\\S+`).exec(newest?.text ?? '')?.[0] as string
}

const joinOnPage = async (on: Page, address: string, email: string) => {
  await on.goto(address)
  await on.getByRole('textbox', { name: 'Email' }).fill(email)
  await on.getByRole('radio', { name: 'Solo founder' }).check()
  await on.getByRole('textbox', { name: 'What would you hand off first?' }).fill('My bakery')
  await on.getByRole('button', { name: 'Join the waitlist' }).click()
  await on.getByRole('heading', { name: 'You’re in' }).waitFor()
}

const press = (name: string, on = page) => on.getByRole('button', { name, exact: true }).click()
const heading = (name: string, on = page) => on.getByRole('heading', { name }).waitFor()
const says = async (words: string, on = page) => on.getByText(words).first().waitFor()

describe.skipIf(!hasChromium)('a member', () => {
  beforeAll(async () => {
    browser = await launchBrowser()
    // Not that of a headless browser, whose confirmations count as automated.
    const userAgent = 'Mozilla/5.0 (X11; Linux x64) Chrome/140.0.0.0 Safari/537.36'
    context = await browser.newContext({ acceptDownloads: true, userAgent })
    context.on('page', listen)
  })
  afterAll(() => browser.close())

  test('joins and confirms by mail; opening the link alone confirms nothing', async () => {
    await join(stack, 'before@example.com', { use_case: 'a bakery' })
    const landing = await context.newPage()
    await joinOnPage(landing, stack.gateway, ada)
    await says('We emailed it to you', landing)
    await linkTo(ada, confirming)
    const mail = await context.newPage()
    await mail.goto(mailbox())
    await mail.locator('tr', { hasText: ada }).getByRole('link').click()
    const opening = context.waitForEvent('page')
    await mail.frameLocator('iframe').getByRole('link', { name: 'Confirm this address' }).click()
    page = await opening
    await heading('Is this your address?')
    expect(new URL(page.url())).toMatchObject({ pathname: '/me', hash: '' })
    const confirmed = async () => {
      const sql = 'select email from waitlist.entries where confirmed_at is not null'
      const rows = asOwner(stack, (client) => client.query(sql))
      return (await rows).rows.map(({ email }) => email)
    }
    expect(await confirmed()).toEqual([])
    await press('Confirm my address')
    await heading('You’re in line')
    await says('Your address is confirmed')
    expect(await page.locator('#position').textContent()).toBe('#2')
    expect(await confirmed()).toEqual([ada])
    await landing.close()
    await mail.close()
  })

  test('moves up when a friend confirms, and sees why', async () => {
    const link = await page.getByRole('textbox', { name: 'Your link' }).inputValue()
    const friend = await context.newPage()
    await joinOnPage(friend, link, 'friend@example.com')
    await friend.goto(await linkTo('friend@example.com', confirming))
    await press('Confirm my address', friend)
    await heading('You’re in line', friend)
    await friend.close()
    await page.bringToFront()
    await says('You moved up 1 place.')
    await expect.poll(() => page.locator('#position').textContent()).toBe('#1')
    await says('Friends counted: 1')
    expect(await page.content()).not.toContain('friend@example.com')
  })

  test('changes an answer and sees the new position', async () => {
    await page.getByRole('radio', { name: 'Something else' }).check()
    await press('Save my answers')
    await says('Saved. You moved back 1 place.')
    await page.getByRole('radio', { name: 'Agency' }).check()
    await press('Save my answers')
    await says('Saved. You moved up 1 place.')
  })

  test('collects the code that the referral earned', async () => {
    await press('Collect my codes')
    expect(await page.locator('#moved').textContent()).toBe('')
    await says('You have one code to give away.')
    await says('To give away, valid until')
  })

  test('sees that a link is used or expired, and gets a new one', async () => {
    const other = await browser.newPage()
    listen(other)
    await other.goto(await linkTo(ada, confirming))
    await press('Confirm my address', other)
    await says('This link was already used', other)
    const askFor = async (count: number) => {
      await other.getByRole('textbox', { name: 'Email' }).fill('ada.byron@example.com')
      await press('Email me a link', other)
      await says('Check your email', other)
      expect(await other.locator('#message').textContent()).toBe('')
      return linkTo(ada, asked, { count })
    }
    const old = await askFor(1)
    await asOwner(stack, (client) =>
      client.query(`update waitlist.links set expires_at = now() where purpose = 'sign_in'`),
    )
    await other.goto(old)
    await press('Open my page', other)
    await says('This link has expired.', other)
    await other.goto(await askFor(2))
    await press('Open my page', other)
    await heading('You’re in line', other)
    await other.close()
  })

  test('downloads everything that the four services store as one file', async () => {
    const downloading = page.waitForEvent('download')
    await press('Download my data')
    const download = await downloading
    expect(download.suggestedFilename()).toMatch(/^vobee-my-data-\d{4}-\d\d-\d\d\.json$/)
    const file = JSON.parse(await readFile(await download.path(), 'utf8'))
    expect(file).toMatchObject({
      waitlist: { service: 'waitlist', entry: { email: ada, persona: 'agency', credits: 1 } },
      invites: { service: 'invites', codes: [{ earned: true }] },
      referrals: { service: 'referrals', member: { confirmed: true } },
      'quality-gates': { service: 'quality-gates', records: [] },
    })
    expect(JSON.stringify(file)).not.toContain('friend@example.com')
  })

  test('is erased after typing the address, and leaves no trace', async () => {
    expect((await found()).length).toBeGreaterThan(3)
    await press('Erase everything…')
    await page.getByRole('textbox', { name: /^Type/ }).fill('bob@example.com')
    await press('Erase')
    await says('This is not the address that you are signed in with.')
    await press('Keep everything')
    await press('Erase everything…')
    expect(await page.getByRole('textbox', { name: /^Type/ }).inputValue()).toBe('')
    expect(await page.getByText('This is not the address').count()).toBe(0)
    await page.getByRole('textbox', { name: /^Type/ }).fill(ada.toLowerCase())
    await press('Erase')
    await heading('Goodbye')
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
    await expect.poll(found, { timeout: 30_000, interval: 500 }).toEqual([])
  })

  test('unsubscribes by the link of a mail', async () => {
    await join(stack, 'bea@example.com')
    await page.goto(await linkTo('bea@example.com', confirming, { kind: 'unsubscribe' }))
    await press('Stop the emails')
    await says('You will get only the links that you request yourself.')
    await page.goto(await linkTo('bea@example.com', confirming))
    await press('Confirm my address')
    await says('You get only the links that you request yourself.')
    await press('Get emails again')
    await says('We email you about your place and your invite.')
  })

  test('leaves after confirming it', async () => {
    await press('Leave the waitlist…')
    await press('Stay')
    await press('Leave the waitlist…')
    await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
    await heading('Goodbye')
    await page.reload()
    await heading('See your place')
    expect(errors).toEqual([])
  })
})
