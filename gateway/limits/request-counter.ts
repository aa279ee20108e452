// Counts the requests of callers in windows of a fixed length.
import { LRUCache } from 'lru-cache'

type Window = { requests: number; until: number }

/**
 * Returns the function that counts a request of a caller. It returns the number in the window, and
 * the ms until that ends. Beyond `maxCallers` the least recent one is dropped. A fifth of the CPU time
 * of `@fastify/rate-limit`, which awaits promises: docs/decisions/proxy.md.
 */
export const requestCounter = (windowMs: number, maxCallers: number, now = () => Date.now()) => {
  const windows = new LRUCache<string, Window>({ max: maxCallers })
  const start = (caller: string, until: number) => {
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
