import { expect, test } from 'vitest'
import { parseQuery } from './query.ts'

const plain = (query: string) => JSON.parse(JSON.stringify(parseQuery(query)))

test.each([
  ['', {}],
  ['limit=2&q=a%20b+c', { limit: '2', q: 'a b c' }],
  ['q=1&q=2', { q: ['1', '2'] }],
  [
    'metadata.team=3&metadata%5Ban.y%5D=x&limit=1',
    { metadata: { team: '3', 'an.y': 'x' }, limit: '1' },
  ],
  ['metadata.a.b=1', { metadata: { 'a.b': '1' } }],
  ['metadata.=1&.a=2', { 'metadata.': '1', '.a': '2' }],
])('%s is read as expected', (query, expected) => {
  expect(plain(query)).toEqual(expected)
})

test('a plain value and a member of the same name do not mix, whatever their order', () => {
  expect(plain('a=1&a.b=2')).toEqual({ a: '1' })
  expect(plain('a.b=2&a=1')).toEqual({ a: '1' })
})

test('names of an object prototype change nothing', () => {
  const query = parseQuery('__proto__.polluted=1&constructor.prototype=2&a.__proto__=3')
  expect(({} as { polluted?: string }).polluted).toBeUndefined()
  expect(Object.keys(query)).toEqual(['__proto__', 'constructor', 'a.__proto__'])
})
