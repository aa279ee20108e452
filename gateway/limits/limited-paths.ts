// Which limit a path has.

/** The limit of requests to the API, of pages and their files, or of monitors. */
export type LimitName = 'visitor' | 'page' | 'monitor'

const limitedPaths = ['/api', '/status', '/services', '/r/']
// Monitors must reach them although their address is over another limit.
const monitoredPaths = ['/health', '/ready', '/metrics']

export const isLimited = (url: string) => limitedPaths.some((path) => url.startsWith(path))

/** Returns the limit of a request. An escape may hide its path; no page and no file has one. */
export const limitOf = (url: string): LimitName => {
  // The router ends a path at `#` too, which no browser sends.
  const path = url.split(/[?#]/, 1)[0] as string
  if (monitoredPaths.includes(path)) return 'monitor'
  return isLimited(path) || path.includes('%') ? 'visitor' : 'page'
}
