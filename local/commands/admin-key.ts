import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalSettings } from '../settings.ts'

/** Returns ADMIN_API_KEY, or else the key that `npm start` generated. @throws if there is none. */
export const getAdminKey = async ({ adminKey, dataDir }: LocalSettings): Promise<string> => {
  const generated = await readFile(join(dataDir, 'admin-key'), 'utf8').catch(() => '')
  const key = adminKey ?? generated.trim()
  if (!key) throw new Error('There is no key: set ADMIN_API_KEY, or run npm start once.')
  return key
}
