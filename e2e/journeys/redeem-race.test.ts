// 64 callers redeem the same code at two replicas while a replica and the database are killed: the
// code is used exactly as often as it allows. `REDEEM_ROUNDS=100` runs 100 rounds of each kind.
import { setTimeout as wait } from 'node:timers/promises'
import { REDEEM_ROUNDS as ROUNDS } from '@vobee/testing/settings'
import { expect, test } from 'vitest'
import { ask, useReplicas } from '../testing/replicas.ts'

const stack = useReplicas('invites')
const CALLERS = 64

const issue = async (round: number, max_uses: number): Promise<string> => {
  for (;;) {
    const batch = { batch_size: 1, max_uses, batch_id: `round-${round}-${max_uses}` }
    const [replica] = stack.replicas
    const reply = await ask(replica?.address ?? '', 'POST /api/invites/generate', batch)
    if (reply?.status === 201) return reply.body.codes[0]
    // The response was lost, but the batch exists.
    if (reply?.status === 409) return codeOf(batch.batch_id)
    await wait(50)
  }
}

const codeOf = async (batch_id: string): Promise<string> => {
  const { rows } = await stack.owner.query(
    `select code from invites.codes join invites.batches as b on b.id = batch
     where batch_id = $1`,
    [batch_id],
  )
  return rows[0].code
}

/** Retries until there is a final response. */
const redeem = async (code: string, caller: number): Promise<number> => {
  for (let attempt = caller; ; attempt++) {
    const { address = '' } = stack.replicas[attempt % 2] ?? {}
    const use = { code, email: `caller${caller}@example.com` }
    const reply = await ask(address, 'POST /api/invites/redeem', use)
    if (reply && reply.status !== 503) return reply.status
    await wait(20)
  }
}

const race = async (code: string) => {
  const callers = Array.from({ length: CALLERS }, (_, n) => redeem(code, n))
  const statuses = await Promise.all(callers)
  return {
    won: statuses.filter((s) => s === 200).length,
    lost: statuses.filter((s) => s === 409).length,
  }
}

const usesOf = async (code: string) => {
  const { rows } = await stack.owner.query(
    `select max_uses - uses_left as counted,
            (select count(*)::int from invites.uses where code_id = code.id) as rows
     from invites.codes as code join invites.batches as b on b.id = batch where code = $1`,
    [code],
  )
  return rows[0]
}

const disturb = async (round: number) => {
  if (round % 4 === 1) await stack.replicas[round % 2]?.kill()
  if (round % 4 === 3) await stack.crashPostgres()
}

test(
  `codes with one and ten uses are used once and ten times, ${ROUNDS} rounds each`,
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const uses of [1, 10]) {
        const code = await issue(round, uses)
        const [outcome] = await Promise.all([race(code), disturb(round)])
        expect({ round, ...outcome }).toEqual({ round, won: uses, lost: CALLERS - uses })
        expect({ round, ...(await usesOf(code)) }).toEqual({ round, counted: uses, rows: uses })
      }
    }
  },
  60_000 + ROUNDS * 10_000,
)
