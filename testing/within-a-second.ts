import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'vitest'

/**
 * Sends requests until one gets `status`. Each one before must have begun within a second of the
 * call: how long it takes on a busy machine does not count.
 */
export const expectWithinASecond = async (status: number, send: () => Promise<number>) => {
  const called = performance.now()
  for (;;) {
    const begun = performance.now()
    if ((await send()) === status) return
    expect(begun - called).toBeLessThan(1_000)
    await wait(5)
  }
}
