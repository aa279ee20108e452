import { describe, expect, test } from 'vitest'
import { statuses } from '../line/statuses.ts'
import type { MailJob, MailKind } from './mails.ts'
import { isWanted } from './wanted.ts'

const kinds: MailKind[] = ['joined', 'joined_again', 'invited', 'earned', 'moved_up', 'link']
const job = (kind: MailKind, more: Partial<MailJob> = {}): MailJob => ({
  kind,
  entry_id: 'e',
  ...more,
})

describe('a mail', () => {
  test('goes to a removed member only if it is the requested link', () => {
    const removed = { status: 'removed', stopped: true } as const
    expect(kinds.filter((kind) => isWanted(job(kind, { asked: true }), removed))).toEqual(['link'])
  })

  test('goes to an unsubscribed member only if they requested it', () => {
    const stopped = { status: 'waiting', stopped: true } as const
    expect(kinds.filter((kind) => isWanted(job(kind), stopped))).toEqual(['link'])
    expect(isWanted(job('joined', { asked: true }), stopped)).toBe(true)
  })

  test('about moving up goes to members who still wait', () => {
    const wanted = statuses.filter((status) =>
      isWanted(job('moved_up'), { status, stopped: false }),
    )
    expect(wanted).toEqual(['waiting'])
  })

  test('with an invite code goes to members who have not redeemed one', () => {
    const wanted = statuses.filter((status) => isWanted(job('invited'), { status, stopped: false }))
    expect(wanted).toEqual(['invited'])
  })
})
