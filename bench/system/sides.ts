// The checkouts that are compared, and one running system of each.
import { discardMails } from './backlog.ts'
import { type System, startSystem } from './start-system.ts'

export type Sides = {
  checkouts: readonly string[]
  /** Returns the running systems, in the order of the checkouts; starts them the first time. */
  systems: () => Promise<readonly System[]>
  stop: () => Promise<void>
}

export const openSides = (checkouts: readonly string[], settings: NodeJS.ProcessEnv): Sides => {
  const started: System[] = []
  let stopping: Promise<unknown> | null = null
  return {
    checkouts,
    systems: async () => {
      for (const checkout of checkouts.slice(started.length))
        started.push(await startSystem(checkout, settings))
      return started
    },
    stop: async () => {
      stopping ??= Promise.all(started.map((system) => system.stop()))
      await stopping
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
