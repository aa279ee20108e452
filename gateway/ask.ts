// What the gateway itself asks a service: whether it is ready, and what it says of itself.
import type { Upstream } from './upstreams.ts'

const ASK_MS = 2_000

export type Answer = { status: number; body: unknown; ms: number }

/** Asks for a JSON answer; null when none came within 2 s. */
export const ask = async (
  { pool }: Upstream,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer | null> => {
  const asked = performance.now()
  try {
    const signal = AbortSignal.timeout(ASK_MS)
    const reply = await pool.request({ method: 'GET', path, headers, signal })
    const body = await reply.body.json()
    return { status: reply.statusCode, body, ms: Math.round(performance.now() - asked) }
  } catch {
    return null
  }
}
