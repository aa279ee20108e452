// An SMTP server that sends nothing on: what it is given is kept to be looked at.
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

export type Catching = {
  /** 0: any free one. */
  port: number
  /** Takes a mail as it came over the wire; what it throws, with a `responseCode`, is answered. */
  keep: (mail: Buffer) => Promise<unknown>
  /** Refuses a recipient, as `keep` does. */
  admit?: (address: string) => void
}

export type Catcher = {
  port: number
  /** Ends every connection at once, whatever is under way on it. */
  close: () => Promise<void>
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)))

/** Listens on loopback. A mail is taken once `keep` has it. */
export const catchMail = async ({ port, keep, admit }: Catching): Promise<Catcher> => {
  const connections = new Set<{ destroy: () => void; once: (e: 'close', f: () => void) => void }>()
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    // It may be asked by many processes at once, and answers each by itself.
    disableReverseLookup: true,
    onRcptTo: ({ address }, _session, done) => {
      try {
        admit?.(address)
        done()
      } catch (error) {
        done(asError(error))
      }
    },
    onData: (stream, _session, done) => {
      buffer(stream as Readable)
        .then(keep)
        .then(
          () => done(),
          (error) => done(asError(error)),
        )
    },
  })
  server.on('error', () => {})
  server.server.on('connection', (socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  const address = server.server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(resolve))
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}
