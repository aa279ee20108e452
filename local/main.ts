// `npm start`. Loads the program from the compile cache: 0.24 s of CPU time instead of 0.43 s.
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join, resolve } from 'node:path'

const root = join(import.meta.dirname, '..')
try {
  process.loadEnvFile(join(root, '.env'))
} catch {
  // Without a file there is nothing to read; of an invalid one `start.ts` says what is wrong.
}
// The processes of the first start create the folder.
const cache = resolve(root, process.env.DATA_DIR || '.data', 'compile-cache')
if (existsSync(cache)) enableCompileCache(cache)
await import('./start.ts')
