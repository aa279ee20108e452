// Prints as the last line of `npm test` which tests were skipped because Chromium is missing.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'
import { findChromium } from './chromium/find.ts'

const needsBrowser = ({ moduleId }: TestModule) =>
  readFileSync(moduleId, 'utf8').includes('@vobee/testing/browser')

const skippedIn = ({ children }: TestModule) => [...children.allTests('skipped')].length

export class SkippedTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]) {
    if (findChromium()) return
    const files = modules
      .filter((one) => needsBrowser(one) && skippedIn(one) > 0)
      .map((one) => `${relative(process.cwd(), one.moduleId)} (${skippedIn(one)})`)
    if (files.length === 0) return
    console.log(
      `SKIPPED: ${files.join(', ')}. These tests need Chromium: install it or set CHROMIUM_PATH, ` +
        'then run npm test again.',
    )
  }
}
