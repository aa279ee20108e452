// Confirming an address with the token of a mailed link, and requesting another mail.
import { member, requireMember, visitor } from '@vobee/shared/auth/callers'
import { memberTokenReply, type SignToken } from '@vobee/shared/auth/members'
import { type Database, type Transactable, transaction } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency/idempotency'
import { type RouteRequest, route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { isbot } from 'isbot'
import { z } from 'zod'
import { nothingToConfirm } from '../errors.ts'
import { confirmEntry } from '../line/confirm-entry.ts'
import { findPosition } from '../line/positions.ts'
import { consumeLink, findOwner, type LinkOwner } from '../mail/links.ts'
import type { QueueMail } from '../mail/queue.ts'
import { findUnconfirmed } from './confirm.ts'
import { LinkToken, linkErrors, ownerOf } from './link-token.ts'

const ConfirmReply = z.object({
  status: z.literal('success'),
  confirmed: z.literal(true),
  position: z.int().min(1).nullable().describe('Null unless waiting.'),
  ...memberTokenReply,
})

/** Scanners of mail open links, and some press the button. */
const isAutomated = ({ caller, request }: Pick<RouteRequest, 'caller' | 'request'>) => {
  // A key says that the operator's own program confirms.
  if (caller.kind === 'key') return null
  const userAgent = request.headers['user-agent']
  return !userAgent || isbot(userAgent)
}

type Confirming = { token: string; automated: boolean | null }

const confirmWith = (db: Transactable, { token, automated }: Confirming): Promise<LinkOwner> =>
  transaction(db, async (connection) => {
    const owner = ownerOf(await consumeLink(connection, token, 'confirm'))
    await confirmEntry(connection, { by: 'id', value: owner.entry_id }, automated)
    return owner
  })

export type ConfirmDeps = {
  db: Database
  maxGateAge: () => number | null
  idempotent: Idempotent
  signToken: SignToken
}

export const confirmRoute = (app: FastifyInstance, deps: ConfirmDeps) => {
  const { db, maxGateAge, idempotent, signToken } = deps
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/confirm',
      operationId: 'confirmEmail',
      summary: "Confirm an address with a mailed link's token, and sign in",
      auth: visitor,
      body: z.strictObject({ token: LinkToken }),
      replies: [200, ConfirmReply],
      errors: linkErrors,
      idempotent: true,
    },
    async (input) => {
      const automated = isAutomated(input)
      const owner = await idempotent(input, {
        run: (connection) => confirmWith(connection ?? db, { ...input.body, automated }),
        serialize: ({ entry_id }) => entry_id,
        replay: (entryId) => findOwner(db, entryId),
      })
      const found = await findPosition(db, { by: 'id', value: owner.entry_id }, maxGateAge())
      const position = found?.position ?? null
      return { status: 'success', confirmed: true, position, ...(await signToken(owner)) } as const
    },
  )
}

const ResendReply = z.object({ status: z.literal('success'), message: z.string() })

/** Further mails are dropped: three are enough. */
const perPerson = { atMost: 3, within: '1 day' }

export type ResendDeps = { db: Database; confirms: boolean; queueMail: QueueMail }

export const resendConfirmationRoute = (app: FastifyInstance, deps: ResendDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/confirm-again',
      operationId: 'resendConfirmation',
      summary: 'Request another confirmation mail',
      auth: member,
      replies: [202, ResendReply],
      errors: [nothingToConfirm],
    },
    async ({ caller }) => {
      const { person } = requireMember(caller)
      const entryId = deps.confirms ? await findUnconfirmed(deps.db, person) : null
      if (!entryId) throw nothingToConfirm()
      await deps.queueMail(deps.db, [{ kind: 'joined', entryId, data: { asked: true } }], perPerson)
      const message = 'A confirmation mail is on its way. You can request three a day.'
      return { status: 'success' as const, message }
    },
  )
