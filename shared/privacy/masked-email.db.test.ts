import { useDatabase } from '@vobee/testing/database'
import { expect, test } from 'vitest'
import { sql } from '../data/sql.ts'
import { maskEmail, maskedEmail } from './masked-email.ts'

const db = useDatabase()

test('an address has the same masked form in SQL and in TypeScript', async () => {
  const forms = {
    'user@example.com': 'u***@e***.com',
    'Ada.L+list@mail.co.uk': 'A***@m***.uk',
    '😀x@😀.example': '😀***@😀***.example',
    'jörg@bücher.de': 'j***@b***.de',
    '"a@b"@localhost': '"***@l***',
    'x@y.': 'x***@y***.',
  }
  const { rows } = await db.owner.query(sql`
    select email, ${maskedEmail('email')} as masked
    from unnest(${Object.keys(forms)}::text[]) as address (email)`)
  expect(Object.fromEntries(rows.map(({ email, masked }) => [email, masked]))).toEqual(forms)
  for (const [email, masked] of Object.entries(forms)) expect(maskEmail(email)).toBe(masked)
})
