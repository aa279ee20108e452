// `/ready` waits until every service was ready once; what dies later shows in `/status`.
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Upstream } from '../proxy/upstreams.ts'
import { ask } from './fetch-json.ts'

const EVERY_MS = 200

/** Looks for each service from the moment the gateway serves; gives whether all were seen. */
export const lookForAll = (app: FastifyInstance, upstreams: readonly Upstream[]) => {
  const unseen = new Set(upstreams)
  const stopping = new AbortController()
  const lookFor = async (upstream: Upstream) => {
    while (!stopping.signal.aborted) {
      const answer = await ask(upstream, '/ready')
      if (answer?.status === 200) return unseen.delete(upstream)
      await wait(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  app.addHook('onListen', async () => {
    for (const upstream of upstreams) lookFor(upstream)
  })
  app.addHook('preClose', async () => stopping.abort())
  return () => unseen.size === 0
}
