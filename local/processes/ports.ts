import { createServer } from 'node:net'

/** Why nobody can listen on this port of this machine now (an error's code), or null. */
export const findPortFault = async (port: number): Promise<string | null> => {
  // `localhost` is either; another's server on ::1 would be answered instead of ours.
  for (const host of ['127.0.0.1', '::1']) {
    const fault = await listen(host, port).then(
      () => null,
      (error) => String(error.code),
    )
    const hasAddress = fault !== 'EADDRNOTAVAIL' && fault !== 'EAFNOSUPPORT'
    if (fault && hasAddress) return fault
  }
  return null
}

// Below the ports of outgoing connections (from 32768 on Linux, 49152 elsewhere), or one of those
// could take the port before the caller does. Each process begins with another.
const ports = { first: 20_000, last: 31_999 }
let next = ports.first + (process.pid % 120) * 100

/** Returns a port that nobody listens on, another at each call. */
export const findFreePort = async (): Promise<number> => {
  for (;;) {
    const port = next
    next = port === ports.last ? ports.first : port + 1
    if ((await findPortFault(port)) === null) return port
  }
}

const listen = (host: string, port: number) =>
  new Promise<void>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()))
  })
