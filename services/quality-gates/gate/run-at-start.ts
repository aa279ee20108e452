// The evaluation at start: without it the other services would wait a minute for the first one.
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

const RETRY_MS = 500

/** Runs `action` when `app` listens, and again until it succeeds or `app` closes. */
export const runAtStart = (app: FastifyInstance, action: () => Promise<unknown>) => {
  const closing = new AbortController()
  let running: Promise<void> | undefined
  const run = async () => {
    let failures = 0
    while (!closing.signal.aborted) {
      try {
        await action()
        return
      } catch (err) {
        if (failures++ === 0) app.log.warn({ err }, 'the gate could not be evaluated at start yet')
        await wait(RETRY_MS, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }
  app.addHook('onListen', async () => {
    running = run()
  })
  app.addHook('preClose', async () => {
    closing.abort()
    await running
  })
}
