// A small response through the gateway, with request ids and limits, against nginx with one worker.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '@vobee/local/processes/ports'
import { find, wrk } from './programs.ts'
import { type Finding, sideBySide } from './report.ts'
import { end, type Stack, untilAnswers } from './stack.ts'

const load = { connections: 32, seconds: 6 }

const configuration = (folder: string, port: number, upstream: string) => `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream small { server ${new URL(upstream).host}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://small; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}`

const startNginx = async (folder: string, upstream: string, path: string) => {
  const port = await findFreePort()
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration(folder, port, upstream))
  const child = spawn(await find('nginx'), ['-p', folder, '-c', file], { stdio: 'inherit' })
  const address = `http://127.0.0.1:${port}`
  await untilAnswers(address + path)
  return { child, address }
}

/** Starts an upstream that responds with a small JSON document. */
export const startSmallReply = async () => {
  const port = await findFreePort()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'small-reply.ts')], {
    env: { PORT: String(port) },
    stdio: 'inherit',
  })
  const address = `http://127.0.0.1:${port}`
  await untilAnswers(address)
  return { child, address }
}

/** Measures the gateway and nginx in turn, in front of the same upstream. */
const compare = async (stack: Stack, upstream: string, path: string) => {
  const folder = await mkdtemp(join(tmpdir(), 'vobee-nginx-'))
  const nginx = await startNginx(folder, upstream, path)
  try {
    const gateway = await stack.start('gateway', {
      ...{ WAITLIST_URL: upstream, INVITES_URL: upstream },
      ...{ REFERRALS_URL: upstream, QUALITY_GATES_URL: upstream },
      ...{ RATE_LIMITS: 'on', VISITOR_REQUESTS_PER_MINUTE: '1000000000' },
    })
    return await sideBySide(
      5,
      () => wrk(gateway + path, null, load),
      () => wrk(nginx.address + path, null, load),
    )
  } finally {
    await stack.end('gateway')
    await end(nginx.child)
    await rm(folder, { recursive: true, force: true })
  }
}

const finding = { unit: 'replies/s', bar: 0.5 }

export const benchGateway = async (stack: Stack): Promise<Finding[]> => {
  const small = await startSmallReply()
  try {
    const bare = await compare(stack, small.address, '/api/waitlist/stats')
    const waitlist = await stack.start('waitlist')
    const service = await compare(stack, waitlist, '/api/waitlist/health')
    return [
      { what: 'gateway, small reply of a service, 32 connections', ...finding, ...service },
      { what: 'gateway, small reply of a bare server, 32 connections', ...finding, ...bare },
    ]
  } finally {
    await end(small.child)
  }
}
