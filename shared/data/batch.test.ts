import { expect, test } from 'vitest'
import { batch, mutex } from './batch.ts'

test('the items of one turn share a batch, and a bad item fails alone', async () => {
  const batches: number[][] = []
  const act = batch(async (items: readonly number[]) => {
    batches.push([...items])
    return items.map((item) => (item === 2 ? new Error('two') : item * 10))
  })
  const results = await Promise.allSettled([act(1), act(2), act(3)])
  expect(batches).toEqual([[1, 2, 3]])
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('items that arrive while a batch runs share the next', async () => {
  const releases: (() => void)[] = []
  const batches: number[][] = []
  const act = batch(
    async (items: readonly number[]) => {
      batches.push([...items])
      await new Promise<void>((done) => releases.push(done))
      return items
    },
    { batch: 8, waiting: 100 },
  )
  const results: Promise<number>[] = []
  for (const item of [1, 2, 3, 4]) {
    results.push(act(item))
    await new Promise((turn) => setImmediate(turn))
  }
  expect(batches).toEqual([[1]])
  releases[0]?.()
  await expect.poll(() => batches).toEqual([[1], [2, 3, 4]])
  for (const release of releases) release()
  expect(await Promise.all(results)).toEqual([1, 2, 3, 4])
})

test('a batch that fails does not stop the next', async () => {
  let failing = true
  const act = batch(async (items: readonly number[]) => {
    if (failing) throw new Error('unavailable')
    return items
  })
  await expect(act(1)).rejects.toThrow('unavailable')
  failing = false
  await expect(act(2)).resolves.toBe(2)
})

test('too many waiting items are rejected at once', async () => {
  const act = batch(async (items: readonly number[]) => items, { batch: 2, waiting: 3 })
  const results = await Promise.allSettled([1, 2, 3, 4].map(act))
  expect(results.map((result) => result.status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
  ])
  await expect(act(5)).resolves.toBe(5)
})

test('a rejection comes at the end of the turn, and is possible without an item', async () => {
  const act = batch(async (items: readonly number[]) => items, { batch: 2, waiting: 1 })
  const kept = act(1)
  let isOver = false
  setImmediate(() => {
    isOver = true
  })
  await expect(act.rejectWhenFull()).rejects.toMatchObject({ code: 'overloaded' })
  expect(isOver).toBe(true)
  await kept
  await expect(act.rejectWhenFull()).resolves.toBeUndefined()
})

test('a mutex runs actions one at a time, also after one failed', async () => {
  const turn = mutex(3)
  let running = 0
  const act = async (n: number) => {
    expect(++running).toBe(1)
    await new Promise((done) => setImmediate(done))
    running--
    if (n === 2) throw new Error('two')
    return n
  }
  const results = await Promise.allSettled([1, 2, 3, 4].map((n) => turn(() => act(n))))
  expect(results.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))).toEqual([
    1,
    undefined,
    3,
    'overloaded',
  ])
})
