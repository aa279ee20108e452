import { expect, test } from 'vitest'
import { sql } from '../data/sql.ts'
import { publish } from './publish.ts'

const plain = (text: string) => text.replace(/\s+/g, ' ').trim()

test('a list in the payload makes one event of all rows, for every consumer', () => {
  const item = { id: sql`id`, person: sql`person`, at: sql`now()` }
  const { text, values } = publish('waitlist.left', { entries: [item] }, sql`gone where id = ${7}`)
  expect(plain(text)).toBe(
    "select referrals.publish('waitlist.left', payload) from ( " +
      "select jsonb_build_object('entries', " +
      "jsonb_agg(jsonb_build_object('id', id,'person', person,'at', now()))) as payload " +
      'from gone where id = $1 having count(*) > 0 ) as published',
  )
  expect(values).toEqual([7])
})

test('without a list each row of the source is an event', () => {
  const { text } = publish(
    'person.forgotten',
    { person: sql`person`, pseudonym: sql`pseudonym`, at: sql`now()` },
    sql`erased`,
  )
  expect(plain(text)).toContain("waitlist.publish('person.forgotten', payload)")
  expect(plain(text)).toContain("invites.publish('person.forgotten', payload)")
  expect(plain(text)).not.toContain('having')
})

test('a payload that lacks a member or names another does not compile', () => {
  const at = sql`now()`
  // @ts-expect-error `person` is missing
  publish('waitlist.left', { entries: [{ id: sql`id`, at }] }, sql`gone`)
  // @ts-expect-error `who` is unknown
  publish('waitlist.joined_again', { people: [sql`person`], who: at }, sql`again`)
})
