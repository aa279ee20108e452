import { asAdmin } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { useWaitlist } from '../testing/waitlist.ts'

const { line, read, post } = useWaitlist()

test('waves are listed newest first, as pages and as a file with the same members', async () => {
  await line(6)
  for (const count of [1, 2, 3]) await post('release', { count }, asAdmin)
  const page = (await read('waves?limit=2')).json()
  expect(page.waves.map((wave: { asked: number }) => wave.asked)).toEqual([3, 2])
  const rest = (await read(`waves?limit=2&cursor=${page.next}`)).json()
  expect(rest).toMatchObject({ waves: [{ asked: 1, released: 1 }], next: null })
  const file = await read('waves', { ...asAdmin, accept: 'application/x-ndjson' })
  const rows = file.body
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row))
  expect(rows).toEqual([...page.waves, ...rest.waves])
  const csv = await read('waves', { ...asAdmin, accept: 'text/csv' })
  expect(csv.body.split('\r\n')[0]).toBe(
    'wave_id,state,asked,released,pending,filter,by,reason,expires_in_days,created_at,release_at,released_at,cancelled_at',
  )
})
