// The gateway's own requests to a service: for its readiness and its status report.
import { CHECK_WAIT_MS } from '@vobee/shared/ops/consistency-results'
import type { Upstream } from '../proxy/upstreams.ts'

const TIMEOUT_MS = 2_000

export type JsonResponse = { status: number; body: unknown; ms: number }

type FetchOptions = { headers?: Record<string, string>; timeoutMs?: number }

/** Fetches JSON from a service. Returns null without a response in `timeoutMs` (default 2 s). */
export const fetchJson = async (
  { pool }: Upstream,
  path: string,
  { headers = {}, timeoutMs = TIMEOUT_MS }: FetchOptions = {},
): Promise<JsonResponse | null> => {
  const start = performance.now()
  const stop = new AbortController()
  const limit = setTimeout(() => stop.abort(), timeoutMs)
  try {
    const options = { headers, headersTimeout: timeoutMs, signal: stop.signal }
    const response = await pool.request({ method: 'GET', path, ...options })
    const body = await response.body.json()
    return { status: response.statusCode, body, ms: Math.round(performance.now() - start) }
  } catch {
    return null
  } finally {
    clearTimeout(limit)
  }
}

export type StatusRequest = {
  /** The operator's own credential, which the service checks. */
  authorization: string | undefined
  audit: boolean
}

/** Fetches a service's status report. With `audit`, the service runs its consistency check first. */
export const fetchStatus = (upstream: Upstream, { authorization = '', audit }: StatusRequest) => {
  const path = `${upstream.prefixes[0]}/status`
  const headers = { authorization }
  return audit
    ? fetchJson(upstream, `${path}?audit=1`, { headers, timeoutMs: CHECK_WAIT_MS })
    : fetchJson(upstream, path, { headers })
}
