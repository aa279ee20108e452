// Chromium as it is installed on this machine; nothing is downloaded.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** Where Chromium is, or undefined. In CI its absence is an error, so nothing is passed over. */
export const chromiumPath = places.find((place) => place && existsSync(place))
if (!chromiumPath && process.env.CI) throw new Error('CI needs Chromium: set CHROMIUM_PATH')

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath as string,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
