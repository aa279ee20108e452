import { createServer } from 'node:net'

/** Returns the error code of listening on this port of this machine, or null if it is free. */
export const findPortError = async (port: number): Promise<string | null> => {
  // `localhost` is either of them: a request could reach another server on ::1.
  for (const host of ['127.0.0.1', '::1']) {
    const code = await listen(host, port).then(
      () => null,
      (error) => String(error.code),
    )
    const hasAddress = code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT'
    if (code && hasAddress) return code
  }
  return null
}

// Below the ports of outgoing connections (from 32768 on Linux, 49152 elsewhere), or one of those
// could use the port before the caller does. Each process starts at a different one.
const ports = { first: 20_000, last: 31_999 }
let next = ports.first + (process.pid % 120) * 100

/** Returns a free port, a different one at each call. */
export const findFreePort = async (): Promise<number> => {
  for (;;) {
    const port = next
    next = port === ports.last ? ports.first : port + 1
    if ((await findPortError(port)) === null) return port
  }
}

const listen = (host: string, port: number) =>
  new Promise<void>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()))
  })
