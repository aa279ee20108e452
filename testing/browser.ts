import { type Browser, chromium } from 'playwright-core'
import { findChromium } from './chromium/find.ts'

const found = findChromium()

/** Whether browser tests can run. In CI a missing Chromium is an error, so none is skipped. */
export const hasChromium = found !== undefined
if (!hasChromium && process.env.CI) throw new Error('CI needs Chromium: set CHROMIUM_PATH')

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...found,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
