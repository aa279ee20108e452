// Log lines for a terminal, from the JSON that pino writes.
import { styleText } from 'node:util'

type Line = {
  level: number
  time: string
  service: string
  msg?: string
  err?: { stack?: string; message?: string }
  request_id?: string
  [member: string]: unknown
}

type Style = 'red' | 'yellow'

const WARN = 40
const ERROR = 50

const styleOf = (level: number): Style[] => {
  if (level >= ERROR) return ['red']
  return level >= WARN ? ['yellow'] : []
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

const detailsOf = (details: Record<string, unknown>) =>
  Object.entries(details).map(([name, value]) => styleText('dim', `${name}=${textOf(value)}`))

/** Returns a line of JSON as one readable line, and the stack of its error below it. */
export const readableLine = (json: string): string => {
  const { level, time, service, msg = '', err, request_id, ...rest } = JSON.parse(json) as Line
  const { method, route, status, ms, ...others } = rest
  const isAnswer = msg === 'answered'
  const what = isAnswer ? `${method} ${route ?? 'unknown'} ${status} ${ms} ms` : msg
  const details = isAnswer ? others : rest
  const id = level >= WARN && request_id ? { request_id } : {}
  const head = [
    styleText('dim', new Date(time).toTimeString().slice(0, 8)),
    styleText('cyan', service.padEnd(13)),
    styleText(styleOf(level), what),
    ...detailsOf({ ...details, ...id }),
  ]
  const cause = err ? `${err.stack ?? err.message}\n` : ''
  return `${head.join(' ')}\n${cause}`
}
