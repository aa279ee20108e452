// The mailbox: an SMTP server that catches everything, and the pages that show it. On this machine
// alone; it stands in for a mail server where there is none.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { visitor } from '@vobee/shared/auth/callers'
import { forbidden, notFound } from '@vobee/shared/http/problem'
import { createServer } from '@vobee/shared/http/server'
import { catchMail } from './catcher.ts'
import { type Letters, openLetters } from './letters.ts'
import { framed, listPage, mailPage } from './pages.ts'

type App = ReturnType<typeof createServer>

const PAGE =
  "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
// What a mail says runs nothing and fetches nothing; its own styles apply.
const MAIL =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"

const config = { auth: visitor }
const html = 'text/html; charset=utf-8'

// A page from elsewhere may have a name of its own lead to this machine, and would read the mail.
const refuseOtherNames = (app: App) =>
  app.addHook('onRequest', async ({ hostname }) => {
    if (!/^(localhost|127\.0\.0\.1|\[?::1\]?)$/.test(hostname)) throw forbidden('Not by this name.')
  })

const showList = (app: App, letters: Letters) => {
  app.get('/', { config }, async (_request, reply) =>
    reply.type(html).send(listPage(letters.list())),
  )
  app.get('/api/mails', { config }, async (request) => {
    const { to } = request.query as { to?: string | string[] }
    return { mails: letters.list([to].flat()[0]) }
  })
}

const showMail = (app: App, letters: Letters) => {
  const get = async (params: unknown) => {
    const letter = await letters.read((params as { id: string }).id)
    if (!letter) throw notFound()
    return letter
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

export type MailboxTerms = { smtpPort: number; folder: string }

/** Builds the pages, with the SMTP server listening beside them. */
export const buildMailbox = async ({ smtpPort, folder }: MailboxTerms): Promise<App> => {
  const letters = await openLetters(folder)
  const catcher = await catchMail({ port: smtpPort, keep: letters.keep })
  const app = createServer({
    service: 'mailbox',
    identify: () => ({ kind: 'visitor' }),
    trustedProxies: [],
    logger: false,
    isReady: async () => true,
  })
  app.addHook('onClose', () => catcher.close())
  app.addHook('onSend', async (_request, reply) => {
    reply.header('referrer-policy', 'no-referrer')
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', PAGE)
  })
  refuseOtherNames(app)
  const css = await readFile(join(import.meta.dirname, 'mailbox.css'), 'utf8')
  app.get('/mailbox.css', { config }, async (_request, reply) => reply.type('text/css').send(css))
  showList(app, letters)
  showMail(app, letters)
  return app
}
