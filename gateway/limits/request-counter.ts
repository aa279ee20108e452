// Counts the requests of callers in windows of a fixed length.

type Window = { requests: number; until: number }

/**
 * Returns the function that counts a request of a caller. It returns the number in the window, and
 * the ms until that ends. Beyond `maxCallers` the window that ends first is dropped. A fifth of the
 * CPU time of `@fastify/rate-limit`, which awaits promises: docs/decisions/proxy.md.
 */
export const requestCounter = (windowMs: number, maxCallers: number, now = () => Date.now()) => {
  // All windows are of the same length, so the order of insertion is that of their ends.
  const windows = new Map<string, Window>()
  const start = (caller: string, until: number) => {
    windows.delete(caller)
    const [first] = windows.size >= maxCallers ? windows.keys() : []
    if (first !== undefined) windows.delete(first)
    const window = { requests: 0, until }
    windows.set(caller, window)
    return window
  }
  return (caller: string): { requests: number; ttl: number } => {
    const time = now()
    const last = windows.get(caller)
    const window = last && time < last.until ? last : start(caller, time + windowMs)
    window.requests++
    return { requests: window.requests, ttl: window.until - time }
  }
}
