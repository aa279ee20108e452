// A session that listens for the events of an inbox: NOTIFY reaches no connection through PgBouncer
// in transaction mode, so it leads directly to Postgres.
import { setTimeout as wait } from 'node:timers/promises'
import { type Client, clientClass } from '../data/client.ts'
import type { Sql } from '../data/sql.ts'
import type { Service } from './catalogue.ts'

/** Longest wait for a reply, in ms. */
const REPLY_MS = 2_000
/** The first and the longest pause before another session, in ms. */
const PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000

type Row = Record<string, boolean | number>

export type Session = {
  /** Runs a statement and returns its row. The session is lost if it fails or gets no reply. */
  query: (statement: string | Sql) => Promise<Row>
  /** Rejects when the session is lost. */
  lost: Promise<never>
  close: (reason: Error) => void
}

const indirect =
  'LISTEN_DATABASE_URL does not lead to Postgres itself, as through PgBouncer: no notification arrives'

const open = (url: string, service: Service): [Client, Session] => {
  const client = new (clientClass(url))({
    application_name: `${service} listener`,
    connectionTimeoutMillis: REPLY_MS,
    query_timeout: REPLY_MS,
    keepAlive: true,
  })
  const { promise: lost, reject } = Promise.withResolvers<never>()
  lost.catch(() => {})
  client.once('end', () => reject(new Error('the session ended')))
  const close = (reason: Error) => {
    reject(reason)
    client.end().catch(() => {})
  }
  const query = async (statement: string | Sql): Promise<Row> => {
    try {
      return (await client.query(statement)).rows?.[0]
    } catch (error) {
      close(error as Error)
      throw error
    }
  }
  return [client, { query, lost, close }]
}

/** Opens a session and calls `wake` at each event. @throws if it goes through a pooler. */
const openSession = async (url: string, service: Service, wake: () => void): Promise<Session> => {
  const [client, session] = open(url, service)
  client.on('notification', wake)
  try {
    await client.connect()
    // If the process or its machine ends without closing the session, the server ends it.
    await session.query(`set idle_session_timeout = '30s'; listen "${service}.inbox"`)
    const { pid } = await session.query('select pg_backend_pid() as pid')
    // A pooler invents the id that it tells its clients.
    if (pid !== (client as { processID?: number }).processID) throw new Error(indirect)
    return session
  } catch (error) {
    session.close(error as Error)
    throw error
  }
}

export type Listening = {
  service: Service
  log: Record<'info' | 'warn', (details: object, message: string) => void>
  wake: () => void
  /** Uses a session until it is lost: throws then. */
  use: (session: Session) => Promise<never>
  signal: AbortSignal
}

/**
 * Keeps a session open until `signal` aborts, with growing pauses between attempts. Call the returned
 * `noteSuccess` when a session proved to work: the next pause is short again.
 */
export const keepListening = (url: string, { service, log, wake, use, signal }: Listening) => {
  let failures = 0
  const listen = async () => {
    let session: Session | undefined
    try {
      session = await openSession(url, service, wake)
      await use(session)
    } catch (err) {
      session?.close(err as Error)
      if (failures++ === 0 && !signal.aborted)
        log.warn({ err }, 'no session listens for events; they are polled')
    }
  }
  const done = (async () => {
    while (!signal.aborted) {
      await listen()
      const pause = Math.min(PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
      await wait(pause, undefined, { signal }).catch(() => {})
    }
  })()
  const noteSuccess = () => {
    if (failures > 0) log.info({}, 'a session listens for events again')
    failures = 0
  }
  return { done, noteSuccess }
}
