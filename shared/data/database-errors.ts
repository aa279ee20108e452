// What an error of Postgres, of pg or of the socket says about the connection.

// Class 08: connection; 53: resources; 57: operator intervention (shutdown, statement timeout);
// 25P03/25P04: a session ended by its own time limit. Class 28, 3D, 3F and 42P01, 42883: the role,
// database, schema, table or function is missing, as before the first migration.
const unavailableState = /^(08|53|57|25P0[34]|28|3D|3F|42P01|42883)/
const unavailableCode =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/
const unavailableMessage =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|timeout expired)/

// Postgres closed or rejected the connection: never caused by the statement.
const lostState = /^(08|57P0|53300)/

/** Whether the connection itself was lost, whatever the statement. */
export const isConnectionLost = (error: unknown): boolean => {
  const { code, message } = error as { code?: string; message?: string }
  return Boolean(
    (code && (unavailableCode.test(code) || lostState.test(code))) ||
      (message && /^(Connection terminated|Client has encountered a connection)/.test(message)),
  )
}

/** Whether Postgres is unavailable, hung or not migrated, or the pool has no free connection. */
export const isDatabaseUnavailable = (error: unknown): boolean => {
  const { code, message } = error as { code?: string; message?: string }
  return Boolean(
    (code && (unavailableCode.test(code) || (code.length === 5 && unavailableState.test(code)))) ||
      (message && unavailableMessage.test(message)),
  )
}
