import { setTimeout as wait } from 'node:timers/promises'
import { visitor } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { mailOff, tooManyLinks } from '../errors.ts'
import type { QueueMail } from '../mail/queue.ts'
import { findEntries } from '../mail/recipients.ts'
import type { LinkLimit } from './link-limit.ts'

const status = 'success' as const
const message = 'If this address is on the list, a mail with a link is on its way.' as const

const LinkReply = z.object({ status: z.literal(status), message: z.literal(message) })

export type LinkDeps = {
  db: Database
  personKey: PersonKey
  limit: LinkLimit
  queueMail: QueueMail
  sendsMail: boolean
}

/** No reply is sent earlier, so that its time does not reveal who is on the list. */
const MIN_RESPONSE_MS = 25

/** Further links are dropped silently: an error would reveal that the person is on the list. */
const perPerson = { atMost: 3, within: '1 hour' }

const mailLink = async ({ db, queueMail }: LinkDeps, person: string) => {
  const entries = await findEntries(db, [person])
  await queueMail(
    db,
    entries.map(({ id }) => ({ kind: 'link', entryId: id })),
    perPerson,
  )
}

export const linkRoute = (app: FastifyInstance, deps: LinkDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/link',
      operationId: 'requestSignInLink',
      summary: 'Request a mailed link that signs you in. The reply is the same for every address',
      auth: visitor,
      body: z.strictObject({ email: Email }),
      replies: [202, LinkReply],
      errors: [mailOff, tooManyLinks],
    },
    async ({ body, request }) => {
      if (!deps.sendsMail) throw mailOff()
      await deps.limit(request)
      await Promise.all([mailLink(deps, deps.personKey(body.email)), wait(MIN_RESPONSE_MS)])
      return { status, message }
    },
  )
