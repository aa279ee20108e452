// The mailbox: an SMTP server that stores all mail, and pages that show it. It replaces a mail
// server during development and is reachable only from this machine.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { visitor } from '@vobee/shared/auth/callers'
import { forbidden, notFound } from '@vobee/shared/http/problem'
import { createServer } from '@vobee/shared/http/server'
import { framed, listPage, mailPage } from './pages.ts'
import { startSmtpServer } from './smtp-server.ts'
import { type MailStore, openStore } from './store.ts'

type App = ReturnType<typeof createServer>

const PAGE =
  "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
// A mail runs no scripts and fetches nothing. Its own styles apply.
const MAIL =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

const config = { auth: visitor }
const html = 'text/html; charset=utf-8'

// Another site could point its host name to this machine and read the mail (DNS rebinding).
const rejectOtherHosts = (app: App) =>
  app.addHook('onRequest', async ({ hostname }) => {
    if (!/^(localhost|127\.0\.0\.1|\[?::1\]?)$/.test(hostname)) throw forbidden('Use localhost.')
  })

const showList = (app: App, store: MailStore) => {
  app.get('/', { config }, async (request, reply) => {
    const { before } = request.query as { before?: string | string[] }
    return reply.type(html).send(listPage(store.list(), [before].flat()[0]))
  })
  app.get('/api/mails', { config }, async (request) => {
    const { to } = request.query as { to?: string | string[] }
    return { mails: store.list([to].flat()[0]) }
  })
}

const showMail = (app: App, store: MailStore) => {
  const get = async (params: unknown) => {
    const mail = await store.read((params as { id: string }).id)
    if (!mail) throw notFound()
    return mail
  }
  app.get('/mails/:id', { config }, async ({ params }, reply) =>
    reply.type(html).send(mailPage(await get(params))),
  )
  app.get('/mails/:id/html', { config }, async ({ params }, reply) => {
    reply.type(html).header('content-security-policy', MAIL)
    return framed((await get(params)).html)
  })
  app.get('/api/mails/:id', { config }, ({ params }) => get(params))
}

export type MailboxOptions = { smtpPort: number; folder: string }

/** Builds the pages and starts the SMTP server. */
export const buildMailbox = async ({ smtpPort, folder }: MailboxOptions): Promise<App> => {
  const store = await openStore(folder)
  const smtp = await startSmtpServer({ port: smtpPort, store: store.store })
  const app = createServer({
    service: 'mailbox',
    identify: () => ({ kind: 'visitor' }),
    trustedProxies: [],
    logger: false,
    isReady: async () => true,
  })
  app.addHook('onClose', () => smtp.close())
  app.addHook('onSend', async (_request, reply) => {
    reply.header('referrer-policy', 'no-referrer')
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', PAGE)
  })
  rejectOtherHosts(app)
  const css = await readFile(join(import.meta.dirname, 'mailbox.css'), 'utf8')
  app.get('/mailbox.css', { config }, async (_request, reply) => reply.type('text/css').send(css))
  showList(app, store)
  showMail(app, store)
  return app
}
