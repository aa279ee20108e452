// Two replicas under 64 connections of joins, releases, removals and new scores at once: in the
// end every counter equals its rows. `LINE_SECONDS=60` runs for 60 seconds.
import { LINE_SECONDS as SECONDS } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { answers } from '../testing/client.ts'
import { ask, useReplicas } from '../testing/replicas.ts'

const stack = useReplicas('waitlist')
const personas = ['solo_founder', 'small_team', 'agency', 'content_creator', 'other']

const anyOf = <T>(some: readonly T[]): T => some[Math.floor(Math.random() * some.length)] as T
const upTo = (most: number) => 1 + Math.floor(Math.random() * most)

const join = (base: string) =>
  ask(base, 'POST /api/waitlist/join', {
    ...answers,
    email: `person${upTo(SECONDS * 2_000)}@example.com`,
    persona: anyOf(personas),
  })

const release = (base: string) => ask(base, 'POST /api/waitlist/release', { count: upTo(5) })

const anyEntry = async (base: string) => {
  const list = await ask(base, 'GET /api/waitlist/entries?status=waiting&limit=50')
  const some = list?.status === 200 && list.body.entries.length > 0
  return some ? anyOf<{ id: string }>(list.body.entries).id : null
}

const onAnyEntry = async (base: string, act: (id: string) => ReturnType<typeof ask>) => {
  const id = await anyEntry(base)
  return id === null ? { status: 404, body: null } : act(id)
}

const remove = (base: string) =>
  onAnyEntry(base, (id) =>
    ask(base, `POST /api/waitlist/entries/${id}/remove`, { reason: 'random' }),
  )

const score = (base: string) =>
  onAnyEntry(base, (id) =>
    ask(base, `POST /api/waitlist/entries/${id}/score`, {
      by: anyOf([-7, 3, 10]),
      reason: 'random',
    }),
  )

const act = (base: string) => {
  const drawn = Math.random()
  if (drawn < 0.88) return join(base)
  if (drawn < 0.92) return release(base)
  return drawn < 0.96 ? remove(base) : score(base)
}

test(
  '64 connections change the line at two replicas, and it stays consistent',
  async () => {
    const statuses = new Map<number | undefined, number>()
    const until = performance.now() + SECONDS * 1000
    const connection = async (n: number) => {
      const { address = '' } = stack.replicas[n % 2] ?? {}
      while (performance.now() < until) {
        const reply = await act(address)
        statuses.set(reply?.status, (statuses.get(reply?.status) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: 64 }, (_, n) => connection(n)))
    const expected = new Set([200, 201, 404, 409])
    expect([...statuses.keys()].filter((status) => !expected.has(status ?? 0))).toEqual([])
    expect(statuses.get(201)).toBeGreaterThan(SECONDS * 50)
    const { address = '' } = stack.replicas[0] ?? {}
    const audited = await ask(address, 'GET /api/waitlist/status?audit=1')
    const off = audited?.body.audit.filter(({ ok }: { ok: boolean }) => !ok)
    expect(off).toEqual([])
    expect(audited?.body.audit.length).toBeGreaterThan(0)
  },
  60_000 + SECONDS * 2_000,
)
