// `node bench/load-clients.ts '{"port": 8000, "from": "127.0.0.2", …}'`: clients with one address. Prints
// JSON: requests and latencies by status, connections, and the CPU time that the clients used.
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export type Load = {
  port: number
  host?: string
  /** The address of the clients, of 127.0.0.0/8. With `addresses`, each connection uses the next one. */
  from: string
  addresses?: number
  connections: number
  seconds: number
  method?: string
  path?: string
  headers?: Record<string, string>
  /** Sent with every request; `{n}` becomes a number that is not repeated. */
  body?: string
  /** ms between a reply and the next request of a connection: 0 ignores every `Retry-After`. */
  pauseMs?: number
  /** `silent` sends nothing, `drip` a byte a second, `reconnect` opens a connection for each request. */
  mode?: 'requests' | 'silent' | 'drip' | 'reconnect'
}

const {
  host = '127.0.0.1',
  method = 'GET',
  path = '/',
  mode = 'requests',
  ...load
} = JSON.parse(process.argv[2] ?? '') as Load
const { port, from, addresses = 1, connections, seconds } = load
const { body = '', headers = {}, pauseMs = 0 } = load

const lines = Object.entries({ host: 'localhost', ...headers }).map(
  ([name, text]) => `${name}: ${text}`,
)
const start = `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n`
const run = `${process.pid}.${Date.now()}`
const times = new Map<string, number[]>()
let sent = 0
let connects = 0
let failures = 0
let isOver = false

const requestText = () => {
  if (!body) return `${start}\r\n`
  const text = body.replace('{n}', `${run}.${sent}`)
  return `${start}content-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`
}

const lengthOf = (text: string) => {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return Number.POSITIVE_INFINITY
  return head + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head + 2))?.[1] ?? 0)
}

const drip = (socket: Socket) => {
  let position = 0
  const timer = setInterval(() => socket.write(start[position++ % start.length] as string), 1_000)
  socket.on('close', () => clearInterval(timer))
}

const addressOf = (n: number) =>
  from.replace(/\d+$/, (last) => String(Number(last) + (n % addresses)))

const open = (n: number) => {
  if (isOver) return
  connects++
  const socket = connect({ host, port, localAddress: addressOf(n), noDelay: true })
  let started = 0
  let text = ''
  const send = () => {
    if (isOver || socket.destroyed) return
    sent++
    started = performance.now()
    socket.write(requestText(), 'latin1')
  }
  const receive = (chunk: string) => {
    text += chunk
    if (text.length < lengthOf(text)) return
    const status = text.slice(9, 12)
    text = ''
    times.set(status, times.get(status) ?? [])
    times.get(status)?.push(performance.now() - started)
    if (mode === 'reconnect') socket.destroy()
    else if (pauseMs > 0) setTimeout(send, pauseMs)
    else send()
  }
  socket.setEncoding('latin1').on('data', receive)
  socket.on('connect', () => {
    if (mode === 'drip') drip(socket)
    else if (mode !== 'silent') send()
  })
  socket.on('error', () => failures++)
  socket.on('close', () => setTimeout(open, pauseMs, n))
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
}

const sockets = new Set<Socket>()
// With pauses, the connections take turns instead of sending all at once.
for (let i = 0; i < connections; i++) setTimeout(open, (i * pauseMs) / connections, i)
await wait(seconds * 1_000)
isOver = true

const at = (sorted: number[], share: number) =>
  Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) /
  10
const { user, system } = process.cpuUsage()
const statuses = [...times].map(([status, list]) => {
  const sorted = list.sort((a, b) => a - b)
  const [p50, p99] = [at(sorted, 0.5), at(sorted, 0.99)]
  return [status, { count: sorted.length, p50, p99, max: at(sorted, 1) }]
})
const report = {
  sent,
  connects,
  failures,
  cpu: (user + system) / 1e6 / seconds,
  statuses: Object.fromEntries(statuses),
}
console.log(JSON.stringify(report))
process.exit()
