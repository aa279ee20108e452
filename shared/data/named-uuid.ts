import { createHash } from 'node:crypto'

/** Returns the same UUID for the same name (version 8: custom, RFC 9562). */
export const uuidOf = (name: string): string => {
  const hash = createHash('sha256').update(name).digest('hex')
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`]
  return [...parts, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-')
}
