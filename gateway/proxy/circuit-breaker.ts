// A circuit breaker: after failures in a row nothing is sent for a while, then one request tries.

export type CircuitState = 'closed' | 'open' | 'half_open'

export type Circuit = {
  /** Whether a request may be sent now; half open, that is one per rest. */
  admits(): boolean
  succeeded(): void
  failed(): void
  state(): CircuitState
}

export type CircuitLimits = {
  /** Failures in a row that open it. */
  failures: number
  /** How long it stays open before one request may try. */
  restMs: number
}

/** Makes a closed circuit. `now` gives milliseconds that never go back. */
export const createCircuit = (
  limits: CircuitLimits,
  now: () => number = () => performance.now(),
): Circuit => {
  let failures = 0
  let restsUntil = 0
  const rest = () => {
    restsUntil = now() + limits.restMs
  }
  const state = (): CircuitState => {
    if (failures < limits.failures) return 'closed'
    return now() < restsUntil ? 'open' : 'half_open'
  }
  return {
    state,
    admits: () => {
      const at = state()
      if (at === 'half_open') rest()
      return at !== 'open'
    },
    succeeded: () => {
      failures = 0
    },
    failed: () => {
      failures++
      if (failures >= limits.failures) rest()
    },
  }
}
