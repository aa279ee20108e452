// A client that writes bytes, where what a well-behaved one sends is not the point.
import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'

export type Wire = {
  write(bytes: string): void
  /** Sends no more, but still reads. */
  end(): void
  /** Waits until what was received so far holds `what`. */
  until(what: string | RegExp): Promise<string>
  /** Waits for the other side to close; gives all that was received. */
  closed(): Promise<string>
}

export const openWire = async (port: number): Promise<Wire> => {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  onTestFinished(() => {
    socket.destroy()
  })
  let received = ''
  let over = false
  socket.setEncoding('latin1')
  socket.on('data', (text) => {
    received += text
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    over = true
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
        if (over) throw new Error(`closed before ${what}, after: ${received}`)
        await next()
      }
      return received
    },
    closed: async () => {
      while (!over) await next()
      return received
    },
  }
}

/** A request's head as lines. */
export const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`
