import { describe, expect, test } from 'vitest'
import { statuses } from '../line/statuses.ts'
import type { MailJob, MailKind } from './queue.ts'
import { isWanted } from './wanted.ts'

const kinds: MailKind[] = ['joined', 'joined_again', 'invited', 'earned', 'moved_up', 'link']
const job = (kind: MailKind, more: Partial<MailJob> = {}): MailJob => ({
  kind,
  entry_id: 'e',
  ...more,
})

describe('a mail', () => {
  test('goes to who was removed only where it is the link that they asked for', () => {
    const removed = { status: 'removed', stopped: true } as const
    expect(kinds.filter((kind) => isWanted(job(kind, { asked: true }), removed))).toEqual(['link'])
  })

  test('goes to whom mail is stopped for only when they asked for it', () => {
    const stopped = { status: 'waiting', stopped: true } as const
    expect(kinds.filter((kind) => isWanted(job(kind), stopped))).toEqual(['link'])
    expect(isWanted(job('joined', { asked: true }), stopped)).toBe(true)
  })

  test('that one moved up goes to who waits still', () => {
    const wanted = statuses.filter((status) =>
      isWanted(job('moved_up'), { status, stopped: false }),
    )
    expect(wanted).toEqual(['waiting'])
  })

  test('that brings an invite goes to who has not used one', () => {
    const wanted = statuses.filter((status) => isWanted(job('invited'), { status, stopped: false }))
    expect(wanted).toEqual(['invited'])
  })
})
