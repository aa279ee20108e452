import type { FastifyRequest } from 'fastify'

const shape = /^[\x20-\x7e]{1,255}$/

/**
 * Returns the request's Idempotency-Key, null without one. The draft's quotes are optional.
 * @returns undefined if it is not 1 to 255 visible ASCII characters.
 */
export const idempotencyKeyOf = ({ headers }: FastifyRequest): string | null | undefined => {
  const given = headers['idempotency-key']
  if (given === undefined) return null
  const key = String(given).replace(/^"(.*)"$/, '$1')
  return shape.test(key) ? key : undefined
}
