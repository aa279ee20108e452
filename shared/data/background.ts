// Long work in many short transactions: started by the process that received the request, and by a
// scheduled job if that process died.
import type { FastifyInstance } from 'fastify'
import type { Database } from './database.ts'

/** Work that returns between two steps if `isStopping`, and continues at the next run. */
type Work = (db: Database, isStopping: () => boolean) => Promise<void>

/** Returns `run` for a scheduled job, and `start`, which logs an error and never rejects. */
export const inBackground = (app: FastifyInstance, name: string, work: Work) => {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  const run = () => work(app.database, () => isClosing)
  const start = (): Promise<void> =>
    run().catch((err) =>
      app.log.error({ err }, `${name} stopped; the next scheduled run continues`),
    )
  return { run, start }
}
