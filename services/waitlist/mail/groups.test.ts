import { expect, test } from 'vitest'
import { groupsOf } from './groups.ts'
import type { NewMail } from './mails.ts'

const joined = (n: number): NewMail => ({ kind: 'joined', entryId: `entry ${n}`, key: 'first' })
const sizes = (mails: readonly NewMail[]) => {
  const { groups, singles } = groupsOf(mails)
  return { groups: groups.map((group) => Object.keys(group.mails).length), singles }
}

test('mails of one kind share groups of at most 50', () => {
  const mails = Array.from({ length: 101 }, (_, n) => joined(n))
  expect(sizes(mails)).toEqual({ groups: [50, 50], singles: [joined(100)] })
})

test('a mail that waits for others of its kind, or was requested, is queued singly', () => {
  const singles: NewMail[] = [
    { kind: 'link', entryId: 'a' },
    { kind: 'moved_up', entryId: 'a' },
    { kind: 'joined', entryId: 'b', key: 'again', data: { asked: true } },
  ]
  expect(sizes([...singles, joined(1), joined(2)])).toEqual({ groups: [2], singles })
})

test('a further mail of a kind to an entry is queued singly, with its own codes', () => {
  const invited = (entryId: string, code: string): NewMail => ({
    ...{ kind: 'invited', entryId, key: code },
    data: { codes: [code] },
  })
  const { groups, singles } = groupsOf([
    invited('a', 'ONE'),
    invited('a', 'TWO'),
    invited('b', 'THREE'),
  ])
  expect(groups).toEqual([
    {
      kind: 'invited',
      mails: { a: { key: 'ONE', codes: ['ONE'] }, b: { key: 'THREE', codes: ['THREE'] } },
    },
  ])
  expect(singles).toEqual([invited('a', 'TWO')])
})
