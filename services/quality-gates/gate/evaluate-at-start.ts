// The evaluation at start, without which the others would wait a minute for the first word.
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

const RETRY_MS = 500

/** Runs `act` once when `app` listens; tries again until it succeeds or `app` closes. */
export const doAtStart = (app: FastifyInstance, act: () => Promise<unknown>) => {
  const closing = new AbortController()
  let doing: Promise<void> | undefined
  const tryUntilDone = async () => {
    let failures = 0
    while (!closing.signal.aborted) {
      try {
        await act()
        return
      } catch (err) {
        if (failures++ === 0) app.log.warn({ err }, 'the gate could not be evaluated at start yet')
        await wait(RETRY_MS, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }
  app.addHook('onListen', async () => {
    doing = tryUntilDone()
  })
  app.addHook('preClose', async () => {
    closing.abort()
    await doing
  })
}
