// A client that writes bytes, for requests that a well-behaved client does not send.
import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'

export type RawConnection = {
  write(bytes: string): void
  /** Closes the client's side; the server can still write. */
  end(): void
  /** Waits until the received text contains `what`. Returns the text. */
  until(what: string | RegExp): Promise<string>
  /** Waits until the server closes the connection. Returns everything that was received. */
  closed(): Promise<string>
}

/** Connects from a loopback address. */
export const openConnection = async (
  port: number,
  localAddress = '127.0.0.1',
): Promise<RawConnection> => {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  await once(socket, 'connect')
  onTestFinished(() => {
    socket.destroy()
  })
  let received = ''
  let isClosed = false
  socket.setEncoding('latin1')
  socket.on('data', (text) => {
    received += text
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  const next = () =>
    new Promise<void>((resolve) => {
      const done = () => {
        for (const event of ['data', 'close']) socket.off(event, done)
        resolve()
      }
      for (const event of ['data', 'close']) socket.on(event, done)
    })
  return {
    write: (bytes) => {
      socket.write(bytes, 'latin1')
    },
    end: () => {
      socket.end()
    },
    until: async (what) => {
      const matches = () =>
        typeof what === 'string' ? received.includes(what) : what.test(received)
      while (!matches()) {
        if (isClosed) throw new Error(`closed before ${what}, after: ${received}`)
        await next()
      }
      return received
    },
    closed: async () => {
      while (!isClosed) await next()
      return received
    },
  }
}

/** Returns a request line and headers as sent. */
export const requestHead = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`
