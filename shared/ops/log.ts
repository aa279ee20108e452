// Logs are JSON lines with the request id and no personal data; in a terminal, readable lines.
import { errorMonitor } from 'node:events'
import type { FastifyServerOptions } from 'fastify'
import pino from 'pino'
import { readableLine } from './readable-log.ts'

// `detail`, `where` and `hint` of a Postgres error quote the row: addresses and codes.
const withoutRow = (error: Error) => {
  const { detail: _detail, where: _where, hint: _hint, ...rest } = pino.stdSerializers.err(error)
  return rest
}

const WAIT_MS = 100
const MAX_LINES = 512

// One write for the lines of 100 ms, and for those that wait when the process ends. pino's own buffer
// counts its bytes again for each line, and wakes an idle process ten times a second.
const buffered = () => {
  const output = pino.destination({ sync: false })
  let lines: string[] = []
  const flush = () => {
    if (lines.length > 0) output.write(lines.join(''))
    lines = []
  }
  const flushSync = () => {
    flush()
    output.flushSync()
  }
  process.once('exit', flushSync)
  // After an error pino writes nothing more and never closes: the reader is gone.
  const closed = new Promise<void>((resolve) => {
    output.once('close', resolve).once(errorMonitor, resolve)
  })
  const end = () => {
    process.off('exit', flushSync)
    flush()
    output.end()
    return closed
  }
  const write = (line: string) => {
    if (lines.push(line) === 1) setTimeout(flush, WAIT_MS).unref()
    if (lines.length >= MAX_LINES) flush()
  }
  return { write, flushSync, end }
}

// One for all loggers of the process.
let buffer: ReturnType<typeof buffered> | undefined

const openBuffer = () => {
  buffer ??= buffered()
  return buffer
}

/**
 * Resolves when every line is written, also to a reader that is slow. Nothing may be logged after it;
 * without it, what a slow reader did not take yet is cut when the process exits.
 */
export const endLog = async (): Promise<void> => buffer?.end()

// Written at once, so that what follows in the terminal comes after it.
const readable = () => ({ write: (line: string) => process.stdout.write(readableLine(line)) })

let second = -1
let secondText = ''

// `pino.stdTimeFunctions.isoTime` formats the whole time for each line, which takes 0.7 µs.
const isoTime = () => {
  const now = Date.now()
  const ms = now % 1000
  if (now - ms !== second) {
    second = now - ms
    secondText = new Date(second).toISOString().slice(0, -4)
  }
  return `,"time":"${secondText}${String(ms).padStart(3, '0')}Z"`
}

/** Returns the logger options of a process. */
export const logger = (level: string, service: string): FastifyServerOptions['logger'] => ({
  level,
  stream: process.stdout.isTTY ? readable() : openBuffer(),
  base: { service },
  timestamp: isoTime,
  serializers: { err: withoutRow },
})
