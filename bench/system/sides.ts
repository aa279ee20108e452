// The checkouts that are compared, and one running system of each.
import { discardMails } from './backlog.ts'
import { type System, startSystem } from './start-system.ts'

export type Sides = {
  checkouts: readonly string[]
  /** Returns the running systems, in the order of the checkouts; starts them the first time. */
  systems: () => Promise<readonly System[]>
  stop: () => Promise<void>
}

export const openSides = (checkouts: readonly string[]): Sides => {
  const started: System[] = []
  // The load comes from one address.
  const settings = { RATE_LIMITS: 'off' }
  return {
    checkouts,
    systems: async () => {
      for (const checkout of checkouts.slice(started.length))
        started.push(await startSystem(checkout, settings))
      return started
    },
    stop: async () => {
      await Promise.all(started.splice(0).map((system) => system.stop()))
    },
  }
}

/** Measures each system in every round, in alternate order. Returns the values of each system. */
export const alternate = async <Value>(
  systems: readonly System[],
  rounds: number,
  measure: (system: System) => Promise<Value>,
): Promise<Value[][]> => {
  const values: Value[][] = systems.map(() => [])
  for (let round = 0; round < rounds; round++) {
    const order = [...systems.keys()]
    for (const i of round % 2 ? order.reverse() : order) {
      const system = systems[i] as System
      values[i]?.push(await measure(system))
      await discardMails(system)
    }
  }
  return values
}
