// An SMTP server that stores the mail it receives and relays nothing.
import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'

export type SmtpOptions = {
  port: number
  /** Stores a raw mail. An error with a `responseCode` is sent as the response. */
  store: (mail: Buffer) => Promise<unknown>
  /** Rejects a recipient by throwing an error, as `store` does. */
  checkRecipient?: (address: string) => unknown
}

export type SmtpServer = {
  /** Ends every connection at once. */
  close: () => Promise<void>
}

type Done = (error?: Error | null) => void

const reply = (work: Promise<unknown>, done: Done) =>
  work.then(
    () => done(),
    (error) => done(error instanceof Error ? error : new Error(String(error))),
  )

const trackConnections = (server: Server) => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

/** Listens on loopback. Accepts a mail when `store` has resolved. */
export const startSmtpServer = async (options: SmtpOptions): Promise<SmtpServer> => {
  const { port, store, checkRecipient } = options
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    disableReverseLookup: true,
    onRcptTo: ({ address }, _session, done) =>
      reply(Promise.resolve(address).then(checkRecipient), done),
    onData: (stream, _session, done) => reply(buffer(stream as Readable).then(store), done),
  })
  server.on('error', () => {})
  const sockets = trackConnections(server.server as Server)
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
