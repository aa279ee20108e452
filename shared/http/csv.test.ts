import { expect, test } from 'vitest'
import { csvCell, csvLine } from './csv.ts'

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
  'text that begins like a formula is defused: %j',
  (given) => {
    expect(csvCell(given).replaceAll('"', '')).toBe(`'${given}`)
  },
)

test('numbers stay numbers, negative ones too', () => {
  expect(csvCell(-3)).toBe('-3')
})

test('a comma, a quote and a line break are quoted', () => {
  expect(csvLine(['a,b', 'say "no"', 'x\ny', 'plain', null, { a: 1 }])).toBe(
    '"a,b","say ""no""","x\ny",plain,,"{""a"":1}"\r\n',
  )
})
