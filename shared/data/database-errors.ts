// What an error of Postgres, of pg or of the socket says about the connection.
import type pg from 'pg'

// 26000, 42P05: a named statement that the connection does not have, or has already, because a
// pooler changed the server connection behind it. 25006: the server accepts no writes.
const unnamed = /^(26000|42P05)$/
const readOnly = '25006'

// Class 08: connection; 53: resources; 57: operator intervention (shutdown, statement timeout);
// 25P03/25P04: a session ended by its own time limit. Class 28, 3D, 3F and 42P01, 42883: the role,
// database, schema, table or function is missing, as before the first migration.
const unavailableState = /^(08|53|57|25006|25P0[34]|26000|28|3D|3F|42P01|42P05|42883)/
const unavailableCode =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/
const unavailableMessage =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|timeout expired)/

// Never caused by the statement: the next connection may be to another server.
const lostState = /^(08|57P0|53300|25006|26000|42P05)/

// A request's own socket fails with the same codes as one to Postgres.
const ofDatabase = new WeakSet<object>()

/** Records that an error came from a connection to Postgres. */
export const markAsDatabaseError = (error: unknown) => {
  if (error instanceof Error) ofDatabase.add(error)
}

const ofBusyPool = new WeakSet<object>()

/** Records that a wait for a connection timed out while connections served other requests. */
export const markAsBusy = (error: Error) => {
  ofBusyPool.add(error)
}

/** Whether a wait for a connection timed out although the database answered other requests. */
export const isPoolBusy = (error: unknown): boolean => ofBusyPool.has(error as object)

/** The error of a host that accepts no writes. */
export const readOnlyHost = ({ host, port }: pg.Client) =>
  Object.assign(new Error(`${host}:${port} accepts no writes`), { code: readOnly })

const isSocketError = (error: unknown): boolean =>
  ofDatabase.has(error as object) && unavailableCode.test((error as { code?: string }).code ?? '')

/** Whether a named statement failed because of a pooler that does not follow statements. */
export const isPreparedError = (error: unknown): boolean =>
  unnamed.test((error as { code?: string }).code ?? '')

/** Whether the connection was lost or must be replaced, whatever the statement. */
export const isConnectionLost = (error: unknown): boolean => {
  const { code, message } = error as { code?: string; message?: string }
  return Boolean(
    isSocketError(error) ||
      (code && lostState.test(code)) ||
      (message && /^(Connection terminated|Client has encountered a connection)/.test(message)),
  )
}

/** Whether Postgres is unavailable, hung or not migrated, or the pool has no free connection. */
export const isDatabaseUnavailable = (error: unknown): boolean => {
  const { code, message } = error as { code?: string; message?: string }
  return Boolean(
    isSocketError(error) ||
      (code?.length === 5 && unavailableState.test(code)) ||
      (message && unavailableMessage.test(message)),
  )
}
