// A small reply through the gateway, ids and limits on, against nginx with one worker.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '@vobee/local/ports'
import { find, wrk } from './programs.ts'
import { type Finding, sideBySide } from './report.ts'
import { end, type Stack, untilAnswers } from './stack.ts'

const load = { connections: 32, seconds: 6 }

const configuration = (folder: string, port: number, upstream: number) => `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream small { server 127.0.0.1:${upstream}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://small; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}`

const startNginx = async (folder: string, upstream: number) => {
  const port = await findFreePort()
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration(folder, port, upstream))
  const child = spawn(await find('nginx'), ['-p', folder, '-c', file], { stdio: 'inherit' })
  const address = `http://127.0.0.1:${port}`
  await untilAnswers(address)
  return { child, address }
}

const startUpstream = async () => {
  const port = await findFreePort()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'small-reply.ts')], {
    env: { PORT: String(port) },
    stdio: 'inherit',
  })
  await untilAnswers(`http://127.0.0.1:${port}`)
  return { child, port }
}

export const benchGateway = async (stack: Stack): Promise<Finding[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'vobee-nginx-'))
  const children: ChildProcess[] = []
  try {
    const upstream = await startUpstream()
    children.push(upstream.child)
    const nginx = await startNginx(folder, upstream.port)
    children.push(nginx.child)
    const url = `http://127.0.0.1:${upstream.port}`
    const gateway = await stack.start('gateway', {
      ...{ WAITLIST_URL: url, INVITES_URL: url, REFERRALS_URL: url, QUALITY_GATES_URL: url },
      ...{ RATE_LIMITS: 'on', VISITOR_REQUESTS_PER_MINUTE: '1000000000' },
    })
    const path = '/api/waitlist/stats'
    const figures = await sideBySide(
      5,
      () => wrk(gateway + path, null, load),
      () => wrk(nginx.address + path, null, load),
    )
    const what = 'gateway, small reply, 32 connections'
    return [{ what, unit: 'replies/s', bar: 0.5, ...figures }]
  } finally {
    await Promise.all(children.map(end))
    await rm(folder, { recursive: true, force: true })
  }
}
