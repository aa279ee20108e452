// Logs are JSON lines with the request's id and nothing personal in them.
import type { FastifyServerOptions } from 'fastify'
import pino from 'pino'

// `detail`, `where` and `hint` of a Postgres error repeat the row: addresses and codes.
const withoutRow = (error: Error) => {
  const { detail: _detail, where: _where, hint: _hint, ...rest } = pino.stdSerializers.err(error)
  return rest
}

// One write for many lines: a write for each cost a seventh of the CPU of a join. What is buffered
// is written when the process ends, but for kill -9.
const buffered = () => pino.destination({ sync: false, minLength: 4096, periodicFlush: 100 })

/** Options for the logger of a process. */
export const logger = (level: string, service: string): FastifyServerOptions['logger'] => ({
  level,
  stream: buffered(),
  base: { service },
  timestamp: pino.stdTimeFunctions.isoTime,
  serializers: { err: withoutRow },
})
