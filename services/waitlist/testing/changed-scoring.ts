// A waitlist for tests that preview and change the scoring.
import { randomUUID } from 'node:crypto'
import { asAdmin } from '@vobee/testing/settings'
import { expect } from 'vitest'
import { documentedScoring, type Scoring } from '../scoring/document.ts'
import { personKey, useWaitlist } from './waitlist.ts'

export const agencyFirst = (points: number): Scoring => ({
  ...documentedScoring,
  personas: { ...documentedScoring.personas, agency: points },
})

export const emailOf = (n: number) => `person${n}@example.com`

export const useScoring = () => {
  const { db, app, join: joinAs, read: get } = useWaitlist()

  const join = (n: number, more: object = {}) => joinAs(emailOf(n), more, n)

  const change = (
    document: object,
    more: object = {},
    headers: { authorization?: string } = asAdmin,
  ) =>
    app().inject({
      method: 'PUT',
      url: '/api/waitlist/scoring',
      headers,
      payload: { document, reason: 'agencies first', ...more },
    })

  const read = async (headers?: { authorization?: string }) =>
    (await get('scoring', headers)).json()

  const applied = () =>
    expect.poll(async () => (await read()).history[0]?.applied_at, { interval: 20 }).not.toBeNull()

  /** What an audit finds wrong. */
  const off = async () => {
    const { audit } = (await get('status?audit=1')).json()
    return audit.filter(({ ok }: { ok: boolean }) => !ok)
  }

  const credit = async (n: number, times: number) => {
    const referrals = Array.from({ length: times }, () => ({
      referral_id: randomUUID(),
      referrer: personKey(emailOf(n)),
      person: 'friend',
      at: new Date().toISOString(),
    }))
    await db.owner.query('select waitlist.publish($1, $2)', ['referrals.credited', { referrals }])
    while ((await app().inbox.processBatch()) !== 0);
  }

  const scores = async () => {
    const { rows } = await db.owner.query(
      'select score, answers_score, scored_with from waitlist.entries order by arrival',
    )
    return rows
  }

  return { db, app, join, change, read, get, applied, off, credit, scores }
}
