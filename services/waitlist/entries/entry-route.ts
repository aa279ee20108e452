import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { entryErased, unknownEntry } from '../errors.ts'
import type { ReleaseRate } from '../line/release-rate.ts'
import { estimateWait, noWait } from '../line/wait-estimate.ts'
import { Entry } from './entry.ts'
import { findEntry } from './find-entry.ts'
import { missingEntry } from './missing.ts'

const time = z.iso.datetime()

const EntryReply = Entry.extend({
  total_waiting: z.int(),
  estimated_wait: z.string().nullable().describe('Null unless waiting.'),
  estimated_wait_days: z.object({ low: z.int(), high: z.int() }).nullable(),
  referrer_id: z.uuid().nullable().describe('The entry whose referral code it joined with.'),
  joined_by_code: z.int().describe('Entries that joined with its referral code, counted or not.'),
  wave: z
    .object({ created_at: time, by: z.string(), reason: z.string().nullable() })
    .nullable()
    .describe('The wave that released it, with the name of the key.'),
  removed_at: time.nullable(),
  mail_stopped_at: time.nullable().describe('When the person unsubscribed.'),
  share_url: z.url(),
}).meta({ id: 'EntryDetails' })

export type EntryDeps = {
  db: Database
  settings: { PUBLIC_URL: string }
  releaseRate: () => Promise<ReleaseRate>
}

export const entryRoute = (app: FastifyInstance, { db, settings, releaseRate }: EntryDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/entries/:id',
      operationId: 'getEntry',
      summary: 'Get an entry',
      auth: key('waitlist:read'),
      params: z.strictObject({ id: z.uuid() }),
      replies: [200, EntryReply],
      errors: [unknownEntry, entryErased],
    },
    async ({ params: { id } }) => {
      const [entry, rate] = await Promise.all([findEntry(db, id), releaseRate()])
      if (!entry) throw await missingEntry(db, id)
      const { wave_created_at, wave_by, wave_reason, ...found } = entry
      const wait = entry.position === null ? noWait : estimateWait(entry.position, rate)
      const wave = wave_created_at &&
        wave_by && { created_at: wave_created_at, by: wave_by, reason: wave_reason }
      const share_url = `${settings.PUBLIC_URL}/r/${entry.referral_code}`
      return { ...found, ...wait, wave: wave || null, share_url }
    },
  )
