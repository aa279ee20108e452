// Requests of tests that load a service more than a busy machine can bear.

/**
 * Sends a request, and again as long as the answer is 503: no connection to the database was free in
 * time. A rejected request had no effect, so this changes nothing that a race test asserts.
 */
export const untilAccepted = async <R extends { statusCode: number }>(
  send: () => PromiseLike<R>,
): Promise<R> => {
  for (;;) {
    const reply = await send()
    if (reply.statusCode !== 503) return reply
  }
}
