// What the gateway itself asks a service: whether it is ready, and what it says of itself.
import { CHECK_WAIT_MS } from '@vobee/shared/ops/consistency-results'
import type { Upstream } from '../proxy/upstreams.ts'

const ASK_MS = 2_000

export type Answer = { status: number; body: unknown; ms: number }

type Asking = { headers?: Record<string, string>; waitMs?: number }

/** Asks for a JSON answer; null when none came within `waitMs`, 2 s unless given. */
export const ask = async (
  { pool }: Upstream,
  path: string,
  { headers = {}, waitMs = ASK_MS }: Asking = {},
): Promise<Answer | null> => {
  const asked = performance.now()
  try {
    const signal = AbortSignal.timeout(waitMs)
    const patient = { headersTimeout: waitMs, signal }
    const reply = await pool.request({ method: 'GET', path, headers, ...patient })
    const body = await reply.body.json()
    return { status: reply.statusCode, body, ms: Math.round(performance.now() - asked) }
  } catch {
    return null
  }
}

/** What an operator asks of a service, with their own credential. */
export type Question = { authorization: string | undefined; audit: boolean }

/** What a service says of itself; with `audit` it counts again first. */
export const askReport = (upstream: Upstream, { authorization = '', audit }: Question) => {
  const path = `${upstream.prefixes[0]}/status`
  const headers = { authorization }
  return audit
    ? ask(upstream, `${path}?audit=1`, { headers, waitMs: CHECK_WAIT_MS })
    : ask(upstream, path, { headers })
}
