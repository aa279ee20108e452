// The Chromium that the tests use: this machine's own, else the one that `npm test` installs here.
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const places = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

const isThere = (path: string | undefined) => path !== undefined && existsSync(path)

/** The machine's own Chromium, or undefined. */
export const findOwn = (): string | undefined => places.find(isThere)

/** The folder of the installed one: its program, libraries and fonts. */
export const folder = join(import.meta.dirname, 'node_modules', '.unpacked')

/** The program in `at`, and the environment that leads it to its libraries and fonts. */
export const programIn = (at: string) => ({
  executablePath: join(at, 'chromium'),
  env: {
    ...process.env,
    LD_LIBRARY_PATH: join(at, 'al2023', 'lib'),
    FONTCONFIG_FILE: join(at, 'fonts.conf'),
  },
})

/** How to launch Chromium, or undefined where there is none. */
export const findChromium = () => {
  const executablePath = findOwn()
  if (executablePath) return { executablePath }
  const installed = programIn(folder)
  return isThere(installed.executablePath) ? installed : undefined
}
