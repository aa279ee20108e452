// Compresses the pages, scripts and documents. Each is compressed once and then cached. Replies of
// the API are not compressed: beside text of an attacker, their length could reveal a secret (BREACH).
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Below this size, compressing does not save a packet. */
const MIN_BYTES = 1_024
/** Files in memory; the oldest is dropped first. */
const MAX_FILES = 300

const brotli = promisify(brotliCompress)
// The largest script has 1.4 MB: 0.2 s at this level, 2 s at the highest.
const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }

const encoders = {
  br: (body: Buffer) => brotli(body, { params }),
  gzip: (body: Buffer) => promisify(gzip)(body, { level: 9 }),
}
type Encoding = keyof typeof encoders

const isText = (type: unknown) =>
  /^(text\/|application\/(json|javascript|manifest)|image\/svg)/.test(String(type))

/** Returns the best of both encodings that an `Accept-Encoding` accepts; null for none. */
export const encodingFor = (accepted = ''): Encoding | null => {
  const names = accepted
    .toLowerCase()
    .split(',')
    .map((one) => one.trim().split(/\s*;\s*q=/))
    .filter(([, weight = '1']) => Number(weight) > 0)
    .map(([name]) => name)
  return (['br', 'gzip'] as const).find((encoding) => names.includes(encoding)) ?? null
}

/**
 * Returns the path of a request in its shortest form. A file has countless spellings, and compressing
 * each of them would be work without end.
 */
export const fileOf = (url: string): string => {
  const [path = '/'] = url.split('?', 1)
  return posix.normalize(decodeURIComponent(path))
}

type Compressed = { etag: string; body: Promise<Buffer> }
type Payload = string | Buffer | Readable | null | undefined

const read = async (payload: Exclude<Payload, null | undefined>): Promise<Buffer> =>
  typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.from(payload) : buffer(payload)

// A weak tag means the same content, in whatever encoding (RFC 9110 §8.8.1).
const tagText = (request: FastifyRequest, reply: FastifyReply, text: string): Payload => {
  const etag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  reply.header('etag', etag).header('cache-control', 'public, max-age=0')
  if (request.headers['if-none-match'] !== etag) return text
  reply.code(304)
  return ''
}

/** Compresses the replies of this scope, by `Accept-Encoding`. All of them must be static. */
export const compressStatic = (app: FastifyInstance) => {
  const files = new Map<string, Compressed>()
  const compress = (name: string, encoding: Encoding, { etag, body }: Compressed) => {
    const compressed = { etag, body: body.then(encoders[encoding]) }
    files.delete(name)
    files.set(name, compressed)
    const [oldest] = files.keys()
    if (files.size > MAX_FILES) files.delete(oldest as string)
    compressed.body.catch(() => files.delete(name))
    return compressed
  }
  app.addHook('onSend', async (request, reply, given: Payload) => {
    reply.header('vary', 'Accept-Encoding')
    if (request.method !== 'GET' || reply.statusCode !== 200 || !given) return given
    const payload = typeof given === 'string' ? tagText(request, reply, given) : given
    const length = Number(reply.getHeader('content-length') ?? MIN_BYTES)
    const encoding = encodingFor(String(request.headers['accept-encoding'] ?? ''))
    if (!payload || !encoding || length < MIN_BYTES || !isText(reply.getHeader('content-type')))
      return payload
    const etag = String(reply.getHeader('etag'))
    const name = `${encoding} ${fileOf(request.url)}`
    const cached = files.get(name)
    const isCached = cached?.etag === etag
    if (isCached && payload instanceof Readable) payload.destroy()
    const { body } = isCached ? cached : compress(name, encoding, { etag, body: read(payload) })
    const compressed = await body
    reply.removeHeader('accept-ranges')
    reply.header('content-encoding', encoding).header('content-length', compressed.length)
    return compressed
  })
}
