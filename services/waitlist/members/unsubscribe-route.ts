import { visitor } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { invalidInput } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { consumeLink } from '../mail/links.ts'
import { LinkToken, linkErrors, ownerOf } from './link-token.ts'
import { unsubscribe } from './subscription.ts'

const Body = z.strictObject({
  token: LinkToken.optional(),
  'List-Unsubscribe': z
    .literal('One-Click')
    .optional()
    .describe('Sent by mail programs (RFC 8058).'),
})

const UnsubscribeReply = z.object({ status: z.literal('success'), mail: z.literal('stopped') })

/** RFC 8058: a mail program POSTs a form. Its content does not matter. */
const acceptForms = (app: FastifyInstance) =>
  app.addContentTypeParser(
    ['application/x-www-form-urlencoded', 'multipart/form-data'],
    { parseAs: 'string' },
    (_request, _body, done) => done(null, {}),
  )

// A mail program without RFC 8058 opens the URL: the page shows a button, as for every link.
const redirectToPage = (app: FastifyInstance, publicUrl: string) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/unsubscribe',
      operationId: 'openUnsubscribePage',
      summary: 'Redirect a mailed link to the page on which to unsubscribe',
      auth: visitor,
      query: z.object({ token: LinkToken.optional().catch(undefined) }),
      replies: [303, z.void()],
    },
    ({ query: { token }, reply }) => {
      const fragment = token ? `#unsubscribe=${encodeURIComponent(token)}` : ''
      reply.header('location', `${publicUrl}/me${fragment}`)
    },
  )

export type UnsubscribeDeps = { db: Database; publicUrl: string }

export const unsubscribeRoute = (parent: FastifyInstance, { db, publicUrl }: UnsubscribeDeps) => {
  redirectToPage(parent, publicUrl)
  parent.register(async (app) => {
    acceptForms(app)
    route(
      app,
      {
        method: 'POST',
        url: '/api/waitlist/unsubscribe',
        operationId: 'unsubscribeFromMail',
        summary: 'Unsubscribe from mail that you did not request',
        auth: visitor,
        query: z.strictObject({ token: LinkToken.optional() }),
        body: Body,
        replies: [200, UnsubscribeReply],
        errors: linkErrors,
      },
      async ({ query, body }) => {
        const token = body.token ?? query.token
        if (!token) throw missingToken()
        const { entry_id } = ownerOf(await consumeLink(db, token, 'unsubscribe'))
        await unsubscribe(db, entry_id)
        return { status: 'success', mail: 'stopped' } as const
      },
    )
  })
}

const missingToken = () =>
  invalidInput('token: is required', {
    members: { errors: [{ path: 'token', message: 'is required' }] },
  })
