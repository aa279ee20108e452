import { type Caller, memberOrKey, notYours } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { invalidInput } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownEntry } from '../errors.ts'
import { PositionReply } from './position-reply.ts'
import { type EntryLookup, findPosition } from './positions.ts'
import type { ReleaseRate } from './release-rate.ts'
import { estimateWait, noWait } from './wait-estimate.ts'

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

const path = 'query.id'
const message = 'is required unless you send referral_code'

/** @throws notYours if a member names an entry, invalidInput if a key names none. */
const lookupOf = ({ id, referral_code }: PositionQuery, caller: Caller): EntryLookup => {
  const value = id ?? referral_code
  if (caller.kind === 'member') {
    if (value === undefined) return { by: 'person', value: caller.person }
    throw notYours('A member can read only their own position. Send neither id nor referral_code.')
  }
  if (value === undefined)
    throw invalidInput(`${path}: ${message}`, { members: { errors: [{ path, message }] } })
  return { by: id ? 'id' : 'referral_code', value }
}

export type PositionDeps = {
  db: Database
  maxGateAge: () => number | null
  releaseRate: () => Promise<ReleaseRate>
}

export const positionRoute = (app: FastifyInstance, deps: PositionDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/position',
      operationId: 'getPosition',
      summary: 'Get the position of an entry and the parts of its score',
      auth: memberOrKey('waitlist:read'),
      query: PositionQuery,
      replies: [200, PositionReply],
      errors: [unknownEntry, notYours],
    },
    async ({ query, caller }) => {
      const [found, rate] = await Promise.all([
        findPosition(deps.db, lookupOf(query, caller), deps.maxGateAge()),
        deps.releaseRate(),
      ])
      if (!found) throw unknownEntry()
      const wait = found.position === null ? noWait : estimateWait(found.position, rate)
      return { ...found, ...wait }
    },
  )
