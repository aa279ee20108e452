import { visitor } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { invalidInput } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { takeLink } from '../mail/links.ts'
import { stopMail } from '../mail/recipients.ts'
import { LinkToken, linkRefusals, ownerOf } from './link-errors.ts'

const Body = z.strictObject({
  token: LinkToken.optional(),
  'List-Unsubscribe': z.literal('One-Click').optional().describe('As mail programs send it.'),
})

const UnsubscribeReply = z.object({ status: z.literal('success'), mail: z.literal('stopped') })

/** RFC 8058: what a mail program POSTs is a form, which need not be looked into. */
const takeForms = (app: FastifyInstance) =>
  app.addContentTypeParser(
    ['application/x-www-form-urlencoded', 'multipart/form-data'],
    { parseAs: 'string' },
    (_request, _body, done) => done(null, {}),
  )

// A mail program that does not know RFC 8058 opens the URL: the page shows a button, as every link.
const leadToPage = (app: FastifyInstance, publicUrl: string) =>
  app.get<{ Querystring: { token?: unknown } }>(
    '/api/waitlist/unsubscribe',
    { config: { auth: visitor } },
    ({ query }, reply) => {
      const token = LinkToken.safeParse(query.token).data
      const fragment = token ? `#unsubscribe=${encodeURIComponent(token)}` : ''
      return reply.redirect(`${publicUrl}/me${fragment}`, 303)
    },
  )

export type UnsubscribeDeps = { db: Database; publicUrl: string }

export const unsubscribeRoute = (parent: FastifyInstance, { db, publicUrl }: UnsubscribeDeps) => {
  leadToPage(parent, publicUrl)
  parent.register(async (app) => {
    takeForms(app)
    route(
      app,
      {
        method: 'POST',
        url: '/api/waitlist/unsubscribe',
        operationId: 'unsubscribeFromMail',
        summary: 'Get no more mail but what one asks for; asked again it is the same',
        auth: visitor,
        query: z.strictObject({ token: LinkToken.optional() }),
        body: Body,
        replies: [200, UnsubscribeReply],
        errors: linkRefusals,
      },
      async ({ query, body }) => {
        const token = body.token ?? query.token
        if (!token) throw missingToken()
        const { entry_id } = ownerOf(await takeLink(db, token, 'unsubscribe'))
        await stopMail(db, entry_id)
        return { status: 'success', mail: 'stopped' } as const
      },
    )
  })
}

const missingToken = () =>
  invalidInput('token: is required', {
    members: { errors: [{ path: 'token', message: 'is required' }] },
  })
