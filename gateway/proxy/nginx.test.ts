// The sample configuration of nginx, in front of a gateway.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { echo, listenGateway, startUpstream } from '../testing/start-gateway.ts'

const isInstalled = (program: string, ...args: string[]) => {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const findFreePort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const hasPrograms = isInstalled('/usr/sbin/nginx', '-v') && isInstalled('openssl', 'version')

const sample = readFileSync(resolve(import.meta.dirname, '../../ops/nginx.conf'), 'utf8')

/** Returns the sample on free ports, with a certificate of its own. */
const configure = (folder: string, ports: { tls: number; plain: number; gateway: number }) => {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=invites.example.com', '-days', '1', '-nodes']
  const files = ['-keyout', key, '-out', certificate]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  execFileSync('openssl', ['req', '-x509', ...kind, ...files, ...subject], { stdio: 'ignore' })
  const site = sample
    .replaceAll(/^ *listen \[::\].*$/gm, '')
    .replace('listen 80;', `listen 127.0.0.1:${ports.plain};`)
    .replace('listen 443', `listen 127.0.0.1:${ports.tls}`)
    .replace('127.0.0.1:8000', `127.0.0.1:${ports.gateway}`)
    .replace(/\/etc\S+fullchain.pem/, certificate)
    .replace(/\/etc\S+privkey.pem/, key)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n')
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events {} http { access_log off; ${temporary} ${site} }`
}

const startNginx = async (gateway: number) => {
  const folder = mkdtempSync(join(tmpdir(), 'vobee-nginx-'))
  const ports = { tls: await findFreePort(), plain: await findFreePort(), gateway }
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configure(folder, ports))
  const child = spawn('/usr/sbin/nginx', ['-c', file, '-p', folder], { stdio: 'ignore' })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  })
  return ports
}

type Sent = { method?: string; path: string; headers?: Record<string, string>; body?: string }

const send = async (port: number, { body, ...rest }: Sent) => {
  const options = { host: '127.0.0.1', port, rejectUnauthorized: false, agent: false, ...rest }
  const sent = request(options).end(body)
  const [reply] = await once(sent, 'response')
  return { status: reply.statusCode, headers: reply.headers, body: JSON.parse(await text(reply)) }
}

test.skipIf(!hasPrograms)(
  'nginx ends TLS, passes on the address that it sees, and answers with problems',
  async () => {
    const upstream = await startUpstream(echo)
    const { app, port } = await listenGateway({ WAITLIST_URL: upstream.url })
    const { tls, plain } = await startNginx(port)
    const path = '/api/waitlist/stats?page=1'
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    await expect.poll(() => send(tls, { path, headers }).catch(() => null)).toBeTruthy()
    const reply = await send(tls, { path, headers })
    expect(reply.status).toBe(200)
    expect(reply.body).toMatchObject({ url: path, headers: { 'x-forwarded-for': '127.0.0.1' } })
    expect(reply.headers['strict-transport-security']).toBe('max-age=31536000')
    const url = `http://127.0.0.1:${plain}/me`
    const redirect = await fetch(url, { redirect: 'manual' })
    expect([redirect.status, redirect.headers.get('location')]).toEqual([
      301,
      'https://127.0.0.1/me',
    ])
    const body = 'x'.repeat(1_100_000)
    const large = await send(tls, { method: 'POST', path: '/api/waitlist/join', body })
    expect([large.status, large.body.code]).toEqual([413, 'body_too_large'])
    await app.close()
    const down = await send(tls, { path })
    expect([down.status, down.body.code]).toEqual([503, 'unavailable'])
    expect(down.headers).toMatchObject({
      'retry-after': '2',
      'content-type': 'application/problem+json',
    })
  },
)
