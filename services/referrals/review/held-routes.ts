// The referrals that wait for a reviewer, and those that one decided on.
import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { Cursor, NextCursor, nextPage } from '@vobee/shared/http/cursor'
import {
  allPages,
  exportRows,
  exportTypeOf,
  exportTypes,
  FILE_PAGE,
} from '@vobee/shared/http/export'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownReferral, unknownUser } from '../errors.ts'
import { findMember } from '../members/find-member.ts'
import { HeldReferral, reviewStates } from './held-referral.ts'
import { findHeld, type Key, listHeld } from './list-held.ts'
import { findNeighbors, Neighbors } from './neighbors.ts'

const HeldQuery = z.strictObject({
  state: z
    .enum(reviewStates)
    .default('held')
    .describe('held: waiting for a decision. approved: by a reviewer. void: for any reason.'),
  referrer: text(255)
    .optional()
    .describe('`members.id`, the id of the waitlist entry, or the id in your application.'),
  min_score: z.coerce.number().int().min(0).max(100).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor(z.tuple([z.iso.datetime(), z.uuid()])),
})

export const listHeldRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/review',
      operationId: 'listHeldReferrals',
      summary: 'List the referrals that are held for review, oldest first, or all as a file',
      auth: key('referrals:read'),
      query: HeldQuery,
      replies: [200, z.object({ referrals: z.array(HeldReferral), next: NextCursor })],
      errors: [unknownUser],
      streams: exportTypes,
    },
    async ({ query, request, reply }) => {
      const { state, min_score, limit, cursor = null } = query
      const referrer = query.referrer ? await findMember(db, query.referrer) : null
      if (query.referrer && !referrer) throw unknownUser()
      const read = (after: Key | null, size = FILE_PAGE) =>
        listHeld(db, { state, referrer, min_score }, { after, limit: size })
      const type = exportTypeOf(request)
      if (type) return exportRows(reply, type, Object.keys(HeldReferral.shape), allPages(read))
      const { page, next } = await read(cursor, limit)
      return { referrals: page, next: nextPage({ request, reply }, next) }
    },
  )

export const heldReferralRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/review/:referral_id',
      operationId: 'getHeldReferral',
      summary: 'Get a referral with its score, and the referrals around it',
      auth: key('referrals:read'),
      params: z.strictObject({ referral_id: z.uuid() }),
      replies: [200, Neighbors.extend({ referral: HeldReferral })],
      errors: [unknownReferral],
    },
    async ({ params: { referral_id } }) => {
      const referral = await findHeld(db, referral_id)
      if (!referral) throw unknownReferral()
      return { referral, ...(await findNeighbors(db, referral)) }
    },
  )
