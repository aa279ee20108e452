// `/ready` answers 503 until every service was ready once. A later failure shows in `/status` only.
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Upstream } from '../proxy/upstreams.ts'
import { fetchJson } from './fetch-json.ts'

const POLL_MS = 200

/**
 * Polls each service's `/ready` from the moment the gateway listens. Returns a function that tells
 * whether all of them were ready.
 */
export const waitForUpstreams = (app: FastifyInstance, upstreams: readonly Upstream[]) => {
  const notReady = new Set(upstreams)
  const stop = new AbortController()
  const poll = async (upstream: Upstream) => {
    while (!stop.signal.aborted) {
      const response = await fetchJson(upstream, '/ready')
      if (response?.status === 200) return notReady.delete(upstream)
      await wait(POLL_MS, undefined, { signal: stop.signal }).catch(() => {})
    }
  }
  app.addHook('onListen', async () => {
    for (const upstream of upstreams) poll(upstream)
  })
  app.addHook('preClose', async () => stop.abort())
  return () => notReady.size === 0
}
