// The upstream of the gateway's benchmark: responds to every request with a small JSON document.
import { createServer } from 'node:http'

const body = JSON.stringify({ total: 1853, processed_today: 50, waiting: 1803, invited: 50 })
const headers = { 'content-type': 'application/json', 'content-length': body.length }

createServer((_request, reply) => reply.writeHead(200, headers).end(body)).listen(
  Number(process.env.PORT),
  '127.0.0.1',
)
