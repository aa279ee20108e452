import { expect, test } from 'vitest'
import { compiled, prepared, sql } from './sql.ts'

test('nested fragments number their parameters together', () => {
  const where = sql`person = ${'ada'}`
  const { name, text, values } = prepared('find', sql`select ${1} from t where ${where}`)
  expect([name, text, values]).toEqual(['find', 'select $1 from t where person = $2', [1, 'ada']])
})

test('a compiled statement is built once and takes new values at each call', () => {
  let built = 0
  const age = (max: number | null) => sql`${max}::int is null or age < ${max}`
  const find = compiled<{ person: string; max: number | null }>('find', ({ person, max }) => {
    built++
    return sql`select from t where person = ${person} and kind = ${'member'} and (${age(max)})`
  })
  const text = 'select from t where person = $1 and kind = $2 and ($3::int is null or age < $4)'
  expect(find({ person: 'ada', max: 7 })).toEqual({
    name: 'find',
    text,
    values: ['ada', 'member', 7, 7],
  })
  expect(find({ person: 'bob', max: null }).values).toEqual(['bob', 'member', null, null])
  expect(built).toBe(1)
})
