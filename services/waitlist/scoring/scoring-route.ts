import { type Caller, key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Scoring } from './document.ts'
import { previewScoring } from './preview-sample.ts'
import { changeScoring, readScoring, readVersions } from './versions.ts'

const HISTORY = 100

const Version = z.object({
  version: z.int(),
  document: Scoring,
  by: z.string().describe("The key's name."),
  reason: z.string(),
  created_at: z.iso.datetime(),
  applied_at: z.iso
    .datetime()
    .nullable()
    .describe('When everyone was scored with it; null until then, or when a newer one came first.'),
  rescored: z.int().describe('Entries re-scored with it so far.'),
})

const ScoringReply = z.object({
  version: z.int().describe('0 until somebody changes it.'),
  document: Scoring,
  history: z.array(Version).describe('The newest 100 changes, newest first.'),
})

export const scoringRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/scoring',
      operationId: 'getScoring',
      summary: 'How entries are scored, and every change of it',
      auth: key('waitlist:read'),
      replies: [200, ScoringReply],
    },
    async () => {
      const { version, scoring } = await readScoring(db)
      return { version, document: scoring, history: await readVersions(db, HISTORY) }
    },
  )

const ChangeBody = z.strictObject({
  document: Scoring,
  reason: text(500).describe('Why; kept with the version.'),
  dry_run: z.boolean().optional().describe('Only tells what would change.'),
})
type ChangeBody = z.infer<typeof ChangeBody>

const Change = z.object({ before: z.int(), after: z.int() })
const Spread = z.object({ min: z.int(), median: z.int(), max: z.int() }).nullable()

const Preview = z.object({
  waiting: z.int(),
  looked_at: z
    .int()
    .describe('Fewer than wait beyond 100,000: counts and positions are estimates.'),
  score_changes: z.int().describe('Waiting entries whose score would change.'),
  position_changes: z.int(),
  score_change: Spread.describe('After less before, of those that change.'),
  position_change: Spread.describe('Negative is forward.'),
  sample: z.array(z.object({ id: z.uuid(), score: Change, position: Change })),
})

const ChangeReply = z.object({
  status: z.literal('success'),
  version: z.int().describe('The version that holds now.'),
  changed: z.boolean().describe('Whether this made it.'),
  preview: Preview.nullable().describe('With dry_run.'),
})

export type ChangeDeps = { db: Database; rescore: () => void }

type Asked = { body: ChangeBody; caller: Caller; request: FastifyRequest }

const tryOut = async (db: Database, { body }: Asked) => {
  const { version } = await readScoring(db)
  return { version, changed: false, preview: await previewScoring(db, body.document) }
}

const change = async (db: Database, { body, caller, request }: Asked) => {
  const { document: scoring, reason } = body
  const by = caller.kind === 'key' ? caller.name : caller.kind
  const audit = auditOf({ caller, request }, reason)
  const made = await changeScoring(db, { scoring, by, reason, audit })
  const version = made ?? (await readScoring(db)).version
  return { version, changed: made !== null, preview: null }
}

/** A change holds for joins at once; `rescore` sees to those who are there already. */
export const changeScoringRoute = (app: FastifyInstance, { db, rescore }: ChangeDeps) =>
  route(
    app,
    {
      method: 'PUT',
      url: '/api/waitlist/scoring',
      operationId: 'updateScoring',
      summary: 'Change how entries are scored, or try what a change would do',
      auth: key('waitlist:write'),
      body: ChangeBody,
      replies: [200, ChangeReply],
    },
    async (asked) => {
      const done = asked.body.dry_run ? await tryOut(db, asked) : await change(db, asked)
      if (done.changed) rescore()
      return { status: 'success' as const, ...done }
    },
  )
