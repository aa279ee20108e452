// Logs are JSON lines with the request id and no personal data; in a terminal, readable lines.
import type { FastifyServerOptions } from 'fastify'
import pino from 'pino'
import { readableLine } from './readable-log.ts'

// `detail`, `where` and `hint` of a Postgres error quote the row: addresses and codes.
const withoutRow = (error: Error) => {
  const { detail: _detail, where: _where, hint: _hint, ...rest } = pino.stdSerializers.err(error)
  return rest
}

// One write for many lines: a write for each line cost a seventh of a join's CPU. The buffer is
// flushed when the process ends, except on kill -9.
const buffered = () => pino.destination({ sync: false, minLength: 4096, periodicFlush: 100 })

// Written at once, so that what follows in the terminal comes after it.
const readable = () => ({ write: (line: string) => process.stdout.write(readableLine(line)) })

/** Returns the logger options of a process. */
export const logger = (level: string, service: string): FastifyServerOptions['logger'] => ({
  level,
  stream: process.stdout.isTTY ? readable() : buffered(),
  base: { service },
  timestamp: pino.stdTimeFunctions.isoTime,
  serializers: { err: withoutRow },
})
