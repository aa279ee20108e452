// The scoring as a setting: tried, and changed with who and why.
import { describe, expect, test } from 'vitest'
import { agencyFirst, useScoring } from '../testing/changed-scoring.ts'
import { asReader } from '../testing/waitlist.ts'
import { documentedScoring } from './document.ts'
import { rescore } from './rescore.ts'

const { db, app, join, change, read, get, applied, off, credit, scores } = useScoring()

describe('the scoring', () => {
  test('is the documented one until the first change', async () => {
    expect(await read()).toEqual({ version: 0, document: documentedScoring, history: [] })
  })

  test('after a change stores who and why, and re-scores every entry', async () => {
    await join(1, { persona: 'agency' })
    await join(2)
    await credit(2, 3)
    const document = { ...agencyFirst(40), referrals: { points: 7, points_max: 15 } }
    const reply = await change(document)
    const { version } = reply.json()
    expect([reply.statusCode, reply.json()]).toEqual([
      200,
      { status: 'success', version, changed: true, preview: null },
    ])
    await applied()
    expect(await scores()).toEqual([
      { score: 40, answers_score: 40, scored_with: version },
      { score: 5 + 15, answers_score: 5, scored_with: version },
    ])
    expect(await read()).toEqual({
      version,
      document,
      history: [
        {
          version,
          document,
          by: 'env',
          reason: 'agencies first',
          created_at: expect.stringMatching(/Z$/),
          applied_at: expect.stringMatching(/Z$/),
          rescored: 2,
        },
      ],
    })
    const { rows } = await db.owner.query('select act, subject, actor, reason from waitlist.audit')
    expect(rows).toEqual([
      { act: 'scoring.changed', subject: String(version), actor: 'env', reason: 'agencies first' },
    ])
    const { rows: published } = await db.owner.query(
      `select payload from referrals.inbox where event = 'waitlist.scoring_changed'`,
    )
    expect(published).toEqual([{ payload: { version, points: 7, points_max: 15 } }])
    expect(await off()).toEqual([])
  })

  test('sent again unchanged creates no version', async () => {
    expect((await change(documentedScoring)).json()).toMatchObject({ version: 0, changed: false })
    const first = (await change(agencyFirst(40))).json()
    expect((await change(agencyFirst(40))).json()).toMatchObject({
      version: first.version,
      changed: false,
    })
    expect((await read()).history).toHaveLength(1)
  })

  test('keeps points that an admin added, and leaves released entries released', async () => {
    await join(1, { persona: 'agency' })
    await join(2, { persona: 'agency' })
    await db.owner.query(
      `update waitlist.entries set adjusted = -3, score = score - 3 where email like 'person1@%';
       update waitlist.entries set status = 'invited' where email like 'person2@%'`,
    )
    await change(agencyFirst(40))
    await applied()
    expect((await scores()).map(({ score }) => score)).toEqual([37, 40])
    expect(await off()).toEqual([])
  })

  test('credits that arrive during re-scoring use the version of their entry', async () => {
    await join(1)
    await db.owner.query(
      `insert into waitlist.scoring (document, by, reason) values ($1, 'test', 'not applied yet')`,
      [{ ...documentedScoring, referrals: { points: 100, points_max: 1_000 } }],
    )
    await credit(1, 2)
    expect((await scores())[0]).toMatchObject({ score: 15, scored_with: 0 })
    await rescore(app().database, () => false)
    expect((await scores())[0]).toMatchObject({ score: 205 })
    await credit(1, 1)
    expect((await scores())[0]).toMatchObject({ score: 305 })
    expect(await off()).toEqual([])
  })
})

describe('a dry run', () => {
  test('returns what would change, and changes nothing', async () => {
    await join(1)
    await join(2, { persona: 'small_team' })
    await join(3, { persona: 'agency' })
    await credit(1, 1)
    const documented = await read()
    const reply = await change(
      { ...agencyFirst(4), referrals: { points: 1, points_max: 50 } },
      { dry_run: true },
    )
    const { preview, ...rest } = reply.json()
    expect(rest).toEqual({ status: 'success', version: 0, changed: false })
    expect(preview).toMatchObject({
      waiting: 3,
      looked_at: 3,
      score_changes: 2,
      position_changes: 3,
      score_change: { min: -16, median: -4, max: -4 },
      position_change: { min: -1, median: -1, max: 2 },
    })
    const positions = preview.sample.map(
      ({ position }: { position: { before: number; after: number } }) => position,
    )
    expect(positions).toEqual([
      { before: 3, after: 2 },
      { before: 2, after: 1 },
      { before: 1, after: 3 },
    ])
    expect(await read()).toEqual(documented)
    expect((await scores()).map(({ score }) => score)).toEqual([10, 15, 20])
  })

  test('matches what applying the change does', async () => {
    for (let n = 0; n < 40; n++) {
      await join(n, { persona: ['agency', 'other', 'small_team'][n % 3], use_case: `time ${n}` })
    }
    const document = { ...agencyFirst(2), keywords: { any_of: ['3'], points: 9 } }
    const { preview } = (await change(document, { dry_run: true })).json()
    const before = await scores()
    await change(document)
    await applied()
    const after = await scores()
    const changed = after.filter(({ score }, n) => score !== before[n].score)
    expect(preview.score_changes).toBe(changed.length)
    for (const { id, score, position } of preview.sample) {
      const place = await get(`position?id=${id}`)
      expect(place.json()).toMatchObject({ score: score.after, position: position.after })
    }
  })
})

describe('a rejected change', () => {
  test('returns every error of a document at once', async () => {
    const { agency: _, ...personas } = documentedScoring.personas
    const reply = await change(
      { ...documentedScoring, personas, bonus: 1, detail: { more_than_words: -1, points: 1.5 } },
      { reason: ' ' },
    )
    expect(reply.statusCode).toBe(400)
    const paths = reply.json().errors.map(({ path }: { path: string }) => path)
    expect(paths.sort()).toEqual([
      'document.bonus',
      'document.detail.more_than_words',
      'document.detail.points',
      'document.personas.agency',
      'reason',
    ])
  })

  test('needs the scope to write', async () => {
    expect((await change(agencyFirst(40), {}, asReader)).statusCode).toBe(403)
    expect(await read(asReader)).toMatchObject({ version: 0 })
    expect((await get('scoring', {})).statusCode).toBe(401)
  })
})
