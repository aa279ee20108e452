import { type Caller, memberOrKey, notYours } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { invalidInput } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownEntry } from '../errors.ts'
import { type EntryLookup, findPosition } from './positions.ts'
import { statuses } from './statuses.ts'
import { type Releases, waitOf } from './wait-estimate.ts'

const PositionQuery = z
  .strictObject({
    id: z.uuid().optional(),
    referral_code: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z0-9]{1,50}$/, 'must be a referral code')
      .optional(),
  })
  .refine((given) => given.id === undefined || given.referral_code === undefined, {
    path: ['id'],
    message: 'must not be given with referral_code',
    when: () => true,
  })
type PositionQuery = z.infer<typeof PositionQuery>

export const ScoreParts = z
  .object({ answers: z.int(), referrals: z.int(), adjusted: z.int() })
  .describe('What the score is the sum of.')

export const PositionReply = z.object({
  status: z.enum(statuses),
  position: z.int().min(1).nullable().describe('Null unless waiting.'),
  total_waiting: z.int(),
  score: z.int(),
  score_parts: ScoreParts,
  referrals: z.int().describe('How many referrals counted.'),
  estimated_wait: z.string().nullable().describe('Null unless waiting.'),
  estimated_wait_days: z.object({ low: z.int(), high: z.int() }).nullable(),
  invites_paused: z.boolean(),
})

const path = 'query.id'
const message = 'must be given, or else referral_code'

/** @throws notYours for a member who names an entry, invalidInput for a key that names none. */
const named = ({ id, referral_code }: PositionQuery, caller: Caller): EntryLookup => {
  const value = id ?? referral_code
  if (caller.kind === 'member') {
    if (value === undefined) return { by: 'person', value: caller.person }
    throw notYours('A member asks for their own place, and names no entry.')
  }
  if (value === undefined)
    throw invalidInput(`${path}: ${message}`, { members: { errors: [{ path, message }] } })
  return { by: id ? 'id' : 'referral_code', value }
}

export type PositionDeps = {
  db: Database
  patience: () => number | null
  releases: () => Promise<Releases>
}

export const noWait = { estimated_wait: null, estimated_wait_days: null }

export const positionRoute = (app: FastifyInstance, { db, patience, releases }: PositionDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/position',
      operationId: 'getPosition',
      summary: "Where one's own entry, or for a key any, stands in the line, and why there",
      auth: memberOrKey('waitlist:read'),
      query: PositionQuery,
      replies: [200, PositionReply],
      errors: [unknownEntry, notYours],
    },
    async ({ query, caller }) => {
      const [place, released] = await Promise.all([
        findPosition(db, named(query, caller), patience()),
        releases(),
      ])
      if (!place) throw unknownEntry()
      const wait = place.position === null ? noWait : waitOf(place.position, released)
      return { ...place, ...wait }
    },
  )
