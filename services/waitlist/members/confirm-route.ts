// Confirming an address: by the token of a mailed link, or by another mail that brings one.
import { member, requireMember, visitor } from '@vobee/shared/auth/callers'
import { memberTokenReply, type SignToken } from '@vobee/shared/auth/members'
import { type Database, type Transactable, transaction } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { nothingToConfirm } from '../errors.ts'
import { findPosition } from '../line/positions.ts'
import { findOwner, type LinkOwner, takeLink } from '../mail/links.ts'
import type { QueueMail } from '../mail/queue.ts'
import { confirmEntry, findUnconfirmed } from './confirm.ts'
import { LinkToken, linkRefusals, ownerOf } from './link-errors.ts'

const ConfirmReply = z.object({
  status: z.literal('success'),
  confirmed: z.literal(true),
  position: z.int().min(1).nullable().describe('Null unless waiting.'),
  ...memberTokenReply,
})

const confirmBy = (db: Transactable, token: string): Promise<LinkOwner> =>
  transaction(db, async (connection) => {
    const owner = ownerOf(await takeLink(connection, token, 'confirm'))
    await confirmEntry(connection, owner.entry_id)
    return owner
  })

export type ConfirmDeps = {
  db: Database
  patience: () => number | null
  once: Idempotent
  signToken: SignToken
}

export const confirmRoute = (app: FastifyInstance, deps: ConfirmDeps) => {
  const { db, patience, once, signToken } = deps
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/confirm',
      operationId: 'confirmEmail',
      summary: "Confirm an address by a mailed link's token, once; it signs in as well",
      auth: visitor,
      body: z.strictObject({ token: LinkToken }),
      replies: [200, ConfirmReply],
      errors: linkRefusals,
      idempotent: true,
    },
    async (asked) => {
      const owner = await once(asked, {
        run: (connection) => confirmBy(connection ?? db, asked.body.token),
        serialize: ({ entry_id }) => entry_id,
        replay: (entryId) => findOwner(db, entryId),
      })
      const found = await findPosition(db, { by: 'id', value: owner.entry_id }, patience())
      const position = found?.position ?? null
      return { status: 'success', confirmed: true, position, ...(await signToken(owner)) } as const
    },
  )
}

const AgainReply = z.object({ status: z.literal('success'), message: z.string() })

/** More are passed over: who has three does not need a fourth. */
const perPerson = { atMost: 3, within: '1 day' }

export type AgainDeps = { db: Database; confirms: boolean; queueMail: QueueMail }

export const confirmAgainRoute = (app: FastifyInstance, deps: AgainDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/confirm-again',
      operationId: 'resendConfirmation',
      summary: 'Ask for another mail to confirm by',
      auth: member,
      replies: [202, AgainReply],
      errors: [nothingToConfirm],
    },
    async ({ caller }) => {
      const { person } = requireMember(caller)
      const entryId = deps.confirms ? await findUnconfirmed(deps.db, person) : null
      if (!entryId) throw nothingToConfirm()
      await deps.queueMail(deps.db, [{ kind: 'joined', entryId, data: { asked: true } }], perPerson)
      const message = 'A mail to confirm by is on its way; three a day at most.'
      return { status: 'success' as const, message }
    },
  )
