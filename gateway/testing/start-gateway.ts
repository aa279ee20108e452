// A gateway under test, in front of HTTP servers that stand in for the services.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { onTestFinished } from 'vitest'
import { buildApp } from '../app.ts'
import { GatewaySettings } from '../config.ts'

export type Upstream = { url: string; requests: IncomingMessage[]; close(): Promise<void> }

type Respond = (request: IncomingMessage, reply: ServerResponse) => void

export const json = (reply: ServerResponse, body: unknown, status = 200) => {
  const text = JSON.stringify(body)
  reply.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  reply.end(text)
}

const isReady: Respond = (_request, reply) => json(reply, { status: 'ready' })

/** Starts a service until the test ends. `requests` does not contain those to `/ready`. */
export const startUpstream = async (
  respond: Respond,
  { port = 0, ready = isReady } = {},
): Promise<Upstream> => {
  const requests: IncomingMessage[] = []
  const server = createServer((request, reply) => {
    if (request.url === '/ready') return ready(request, reply)
    requests.push(request)
    respond(request, reply)
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  onTestFinished(close)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, close }
}

/** Responds with the request. */
export const echo: Respond = (request, reply) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const { method, url, headers } = request
    json(reply, { method, url, headers, body: Buffer.concat(chunks).toString() })
  })
}

// Nothing listens on the discard port.
export const DOWN_URL = 'http://127.0.0.1:9'

const files = () => {
  const dir = mkdtempSync(join(tmpdir(), 'vobee-gateway-'))
  const openApiFile = join(dir, 'openapi.json')
  const info = { title: 'Test', version: '1' }
  const get = { summary: 'Echo', responses: { 200: { description: 'Success' } } }
  writeFileSync(
    openApiFile,
    JSON.stringify({ openapi: '3.1.0', info, paths: { '/echo': { get } } }),
  )
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return { publicDir: resolve(import.meta.dirname, '../../public'), openApiFile }
}

/** Builds a gateway that closes when the test ends. */
export const startGateway = async (env: NodeJS.ProcessEnv): Promise<FastifyInstance> => {
  const addresses = {
    WAITLIST_URL: DOWN_URL,
    INVITES_URL: DOWN_URL,
    REFERRALS_URL: DOWN_URL,
    QUALITY_GATES_URL: DOWN_URL,
  }
  const app = buildApp(testSettings(GatewaySettings, '', { ...addresses, ...env }), files())
  onTestFinished(() => app.close())
  await app.ready()
  return app
}

/** Starts a gateway that listens. Returns its port too. */
export const listenGateway = async (env: NodeJS.ProcessEnv) => {
  const app = await startGateway(env)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url, port: (app.server.address() as AddressInfo).port }
}
