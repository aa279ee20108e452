// Long work in many short transactions: done at once by the process that was asked for it, and by
// the clock where that one died over it.

import type { FastifyInstance } from 'fastify'
import type { Database } from './database.ts'

/** Work that ends by itself between two steps when `isStopping`, and goes on when it is run again. */
type Work = (db: Database, isStopping: () => boolean) => Promise<void>

/** `run` is for the clock; `start` returns at once and logs what fails. */
export const inBackground = (app: FastifyInstance, name: string, work: Work) => {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  const run = () => work(app.database, () => isClosing)
  const start = () => {
    run().catch((err) => app.log.error({ err }, `${name} stopped; it is taken up again`))
  }
  return { run, start }
}
