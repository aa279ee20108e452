import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalSettings } from '../settings.ts'

/** Returns PERSON_KEY_SECRET, or else the one that `npm start` generated. @throws if there is none. */
export const getPersonKeySecret = async (settings: LocalSettings): Promise<string> => {
  const path = join(settings.dataDir, 'person-key-secret')
  const generated = await readFile(path, 'utf8').catch(() => '')
  const secret = settings.personKeySecret ?? generated.trim()
  if (!secret)
    throw new Error(
      `PERSON_KEY_SECRET is not set: set it to that of the system, or put it in ${path}.`,
    )
  return secret
}
