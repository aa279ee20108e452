import { memberOrKey } from '@vobee/shared/callers'
import type { Database } from '@vobee/shared/database'
import { route } from '@vobee/shared/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownEntry } from '../errors.ts'
import { findPlace, type Named, statuses } from '../queries/line.ts'
import { type Releases, waitOf } from '../wait.ts'

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
  .refine((given) => (given.id === undefined) !== (given.referral_code === undefined), {
    path: ['id'],
    message: 'must be given, or else referral_code, and not both',
    when: () => true,
  })
type PositionQuery = z.infer<typeof PositionQuery>

export const ScoreParts = z
  .object({ answers: z.int(), referrals: z.int(), adjusted: z.int() })
  .describe('What the score is the sum of.')

const PositionReply = z.object({
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

const named = ({ id, referral_code = '' }: PositionQuery): Named =>
  id ? { by: 'id', value: id } : { by: 'referral_code', value: referral_code }

export type PositionDeps = {
  db: Database
  patience: () => number | null
  releases: () => Promise<Releases>
}

const notWaiting = { estimated_wait: null, estimated_wait_days: null }

export const positionRoute = (app: FastifyInstance, { db, patience, releases }: PositionDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/position',
      summary: 'Where an entry stands in the line, and why there',
      admits: memberOrKey('waitlist:read'),
      query: PositionQuery,
      replies: [200, PositionReply],
      refuses: [unknownEntry],
    },
    async ({ query }) => {
      const [place, released] = await Promise.all([
        findPlace(db, named(query), patience()),
        releases(),
      ])
      if (!place) throw unknownEntry()
      const wait = place.position === null ? notWaiting : waitOf(place.position, released)
      return { ...place, ...wait }
    },
  )
