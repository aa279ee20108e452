// Connections to Postgres: to the host that accepts writes if the URL names several, and with
// unnamed statements where a connection pooler needs that.
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { markAsDatabaseError, readOnlyHost } from './database-errors.ts'
import { describeDatabaseUrl, hostUrls } from './database-url.ts'

/** Longest look at one host, in ms; and the wait for it before the next host is tried as well. */
const PROBE_MS = 800
const HEAD_START_MS = 150

export type Client = pg.Client

type Host = { host: string; port: number }

/** @throws readOnlyHost (25006) if the host accepts no writes, as a standby. */
const probe = async (url: string): Promise<Host> => {
  const limits = { connectionTimeoutMillis: PROBE_MS, query_timeout: PROBE_MS }
  const client = new pg.Client({ connectionString: url, ...limits })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query('show transaction_read_only')
    if (rows[0].transaction_read_only === 'on') throw readOnlyHost(client)
    return { host: client.host, port: client.port }
  } finally {
    client.end().catch(() => {})
  }
}

/** Tries the hosts in order, and returns the first that accepts writes. @throws the first error. */
const findPrimary = async (urls: readonly string[]): Promise<Host> => {
  const probes: Promise<Host>[] = []
  for (const url of urls) {
    const found = probe(url)
    probes.push(found)
    const isFound = found.then(
      () => true,
      () => false,
    )
    if (await Promise.race([isFound, wait(HEAD_START_MS, false)])) break
  }
  return Promise.any(probes).catch((error: AggregateError) => {
    throw error.errors[0]
  })
}

/** Whether statements are sent with their names; `false` for poolers that cannot follow them. */
export type Naming = { named: boolean }

type Methods = {
  connect(this: pg.Client): Promise<pg.Client>
  query(this: pg.Client, statement: unknown, ...rest: unknown[]): unknown
}
const { connect, query } = pg.Client.prototype as unknown as Methods

const connectToPrimary = async (client: pg.Client, urls: readonly string[]): Promise<pg.Client> => {
  try {
    if (urls.length > 1) Object.assign(client, await findPrimary(urls))
    await connect.call(client)
    return client
  } catch (error) {
    markAsDatabaseError(error)
    throw error
  }
}

/** Returns the class of the connections to the database of `url`. */
export const clientClass = (url: string, naming: Naming = { named: true }): typeof pg.Client => {
  const urls = hostUrls(url)
  class Client extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super({ ...(config as pg.ClientConfig), connectionString: urls[0] as string })
      // Without a listener, a connection that breaks inside a transaction would end the process.
      // Its holder learns from the query that fails.
      this.on('error', markAsDatabaseError)
    }
  }
  Object.assign(Client.prototype, {
    connect(this: pg.Client, done?: (error: Error | null, client?: pg.Client) => void) {
      const connecting = connectToPrimary(this, urls)
      if (done) connecting.then((client) => done(null, client), done)
      return connecting
    },
    query(this: pg.Client, statement: unknown, ...rest: unknown[]) {
      const isNamed = (statement as pg.QueryConfig | undefined)?.name !== undefined
      if (!isNamed || naming.named) return query.call(this, statement, ...rest)
      return query.call(this, { ...(statement as object), name: undefined }, ...rest)
    },
  })
  return Client
}

const CONNECT_MS = 10_000

/** Says which database did not accept the connection; the code and the class of the error stay. */
const nameTarget = (error: Error & { code?: string }, url: string): Error => {
  const reason = error.message || error.code || String(error)
  error.message = `cannot connect to the database ${describeDatabaseUrl(url)}: ${reason}`
  return error
}

/**
 * Connects a command of an operator, which waits longer than a request. `end` it.
 * @throws the error of the connection, with the address and the user in its message.
 */
export const connectOnce = async (url: string): Promise<pg.Client> => {
  const Client = clientClass(url)
  const client = new Client({ connectionTimeoutMillis: CONNECT_MS })
  await client.connect().catch((error) => {
    throw nameTarget(error, url)
  })
  return client
}
