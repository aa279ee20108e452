// An SMTP server that stores the mail it receives and relays nothing.
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

export type SmtpOptions = {
  /** 0: any free port. */
  port: number
  /** Stores a raw mail. An error with a `responseCode` is sent as the response. */
  store: (mail: Buffer) => Promise<unknown>
  /** Rejects a recipient by throwing an error, as `store` does. */
  checkRecipient?: (address: string) => void
}

export type SmtpServer = {
  port: number
  /** Ends every connection at once. */
  close: () => Promise<void>
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)))

/** Listens on loopback. Accepts a mail when `store` has resolved. */
export const startSmtpServer = async ({
  port,
  store,
  checkRecipient,
}: SmtpOptions): Promise<SmtpServer> => {
  const connections = new Set<{ destroy: () => void; once: (e: 'close', f: () => void) => void }>()
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    disableReverseLookup: true,
    onRcptTo: ({ address }, _session, done) => {
      try {
        checkRecipient?.(address)
        done()
      } catch (error) {
        done(asError(error))
      }
    },
    onData: (stream, _session, done) => {
      buffer(stream as Readable)
        .then(store)
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
