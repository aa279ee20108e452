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

/** A port of 127.0.0.1 that nobody listens on; another may take it before the caller does. */
export const findFreePort = (): Promise<number> => listen('127.0.0.1', 0)

const listen = (host: string, port: number) =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
