import { callerName, key } from '@vobee/shared/auth/callers'
import { inBackground } from '@vobee/shared/data/background'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { type Audit, auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Scoring } from './document.ts'
import { previewScoring } from './preview-sample.ts'
import { rescore } from './rescore.ts'
import { changeScoring, readScoring, readVersions } from './versions.ts'

const HISTORY = 100

const Version = z.object({
  version: z.int(),
  document: Scoring,
  by: z.string().describe('The name of the key.'),
  reason: z.string(),
  created_at: z.iso.datetime(),
  applied_at: z.iso
    .datetime()
    .nullable()
    .describe(
      'When all entries were scored with it. Null until then, or if a newer version came first.',
    ),
  rescored: z.int().describe('Entries re-scored with it so far.'),
})

const ScoringReply = z.object({
  version: z.int().describe('0 until the first change.'),
  document: Scoring,
  history: z.array(Version).describe('The newest 100 versions, newest first.'),
})

const ChangeBody = z.strictObject({
  document: Scoring,
  reason: text(500).describe('Why. Stored with the version.'),
  dry_run: z.boolean().optional().describe('Returns a preview and changes nothing.'),
})
type ChangeBody = z.infer<typeof ChangeBody>

const Change = z.object({ before: z.int(), after: z.int() })
const Spread = z.object({ min: z.int(), median: z.int(), max: z.int() }).nullable()

const Preview = z.object({
  waiting: z.int(),
  looked_at: z
    .int()
    .describe(
      'Entries in the sample. With more than 100,000 waiting, counts and positions are estimates.',
    ),
  score_changes: z.int().describe('Waiting entries whose score would change.'),
  position_changes: z.int(),
  score_change: Spread.describe('After minus before, of the scores that change.'),
  position_change: Spread.describe('Negative values are forward.'),
  sample: z.array(z.object({ id: z.uuid(), score: Change, position: Change })),
})

const ChangeReply = z.object({
  status: z.literal('success'),
  version: z.int().describe('The current version.'),
  changed: z.boolean().describe('Whether this request created it.'),
  preview: Preview.nullable().describe('With dry_run.'),
})

const getScoringRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/scoring',
      operationId: 'getScoring',
      summary: 'Get the scoring and its versions',
      auth: key('waitlist:read'),
      replies: [200, ScoringReply],
    },
    async () => {
      const { version, scoring } = await readScoring(db)
      return { version, document: scoring, history: await readVersions(db, HISTORY) }
    },
  )

const preview = async (db: Database, { document }: ChangeBody) => {
  const { version } = await readScoring(db)
  return { version, changed: false, preview: await previewScoring(db, document) }
}

const change = async (
  db: Database,
  body: ChangeBody,
  { by, audit }: { by: string; audit: Audit },
) => {
  const { document: scoring, reason } = body
  const created = await changeScoring(db, { scoring, by, reason, audit })
  const version = created ?? (await readScoring(db)).version
  return { version, changed: created !== null, preview: null }
}

type ChangeDeps = {
  db: Database
  /** Starts to re-score the entries; new joins use a new version at once. */
  rescore: () => void
}

const changeScoringRoute = (app: FastifyInstance, { db, rescore }: ChangeDeps) =>
  route(
    app,
    {
      method: 'PUT',
      url: '/api/waitlist/scoring',
      operationId: 'updateScoring',
      summary: 'Change the scoring, or preview a change',
      auth: key('waitlist:write'),
      body: ChangeBody,
      replies: [200, ChangeReply],
    },
    async ({ body, caller, request }) => {
      const by = callerName(caller)
      const audit = auditOf({ caller, request }, body.reason)
      const done = body.dry_run ? await preview(db, body) : await change(db, body, { by, audit })
      if (done.changed) rescore()
      return { status: 'success' as const, ...done }
    },
  )

/** Returns `rescore` for a scheduled job. */
export const scoringRoutes = (app: FastifyInstance, db: Database) => {
  const rescoring = inBackground(app, 're-scoring', rescore)
  getScoringRoute(app, db)
  changeScoringRoute(app, { db, rescore: rescoring.start })
  return { rescore: rescoring.run }
}
