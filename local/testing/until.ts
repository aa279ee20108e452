import { setTimeout as wait } from 'node:timers/promises'

/** Calls `ask` until it returns a truthy value, and returns that value. */
export const until = async <T>(ask: () => T | Promise<T>): Promise<NonNullable<T>> => {
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    await wait(10)
  }
}

export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
