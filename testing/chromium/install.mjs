// Before `npm test`: installs Chromium where the machine has none. `npm start` never needs it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findOwn, folder, programIn } from './find.ts'

const modules = dirname(folder)

const download = () => {
  const installer = join(import.meta.dirname, '../../local/install.cjs')
  const { status } = spawnSync(process.execPath, [installer, import.meta.dirname], {
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('npm ci failed')
}

const unpack = async () => {
  console.error('Unpacking Chromium …')
  const { inflate } = await import(join(modules, '@sparticuz/chromium/build/index.js'))
  const draft = await mkdtemp(join(modules, '.draft-'))
  try {
    // The package unpacks into the folder for temporary files, and leaves halves when interrupted.
    process.env.TMPDIR = draft
    const files = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br']
    await Promise.all(files.map((file) => inflate(join(modules, '@sparticuz/chromium/bin', file))))
    const fonts = `<fontconfig><dir>${folder}/fonts</dir></fontconfig>`
    await writeFile(join(draft, 'fonts.conf'), fonts)
    const { executablePath, env } = programIn(draft)
    const { status, stderr, error } = spawnSync(executablePath, ['--version'], { env })
    if (status !== 0) throw new Error(`it does not run here: ${error?.message ?? stderr}`)
    await rename(draft, folder)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

if (!findOwn() && process.platform === 'linux' && process.arch === 'x64') {
  try {
    download()
    if (!existsSync(folder)) await unpack()
  } catch (error) {
    console.error(`No Chromium could be installed for the browser tests: ${error.message}`)
  }
}
