// A circuit breaker. Consecutive failures open it, and no request is sent; after `openMs` it is half
// open, and one request tests the service.

export type CircuitState = 'closed' | 'open' | 'half_open'

export type CircuitBreaker = {
  /** Whether a request may be sent now. Half open, it allows one per `openMs`. */
  allowsRequest(): boolean
  recordSuccess(): void
  recordFailure(): void
  state(): CircuitState
}

export type CircuitBreakerOptions = {
  /** The number of consecutive failures that open it. */
  failureThreshold: number
  /** How long it stays open. */
  openMs: number
}

/** Creates a closed circuit breaker. `now` returns milliseconds of a monotonic clock. */
export const createCircuitBreaker = (
  { failureThreshold, openMs }: CircuitBreakerOptions,
  now: () => number = () => performance.now(),
): CircuitBreaker => {
  let failures = 0
  let openUntil = 0
  const open = () => {
    openUntil = now() + openMs
  }
  const state = (): CircuitState => {
    if (failures < failureThreshold) return 'closed'
    return now() < openUntil ? 'open' : 'half_open'
  }
  return {
    state,
    allowsRequest: () => {
      const current = state()
      if (current === 'half_open') open()
      return current !== 'open'
    },
    recordSuccess: () => {
      failures = 0
    },
    recordFailure: () => {
      failures++
      if (failures >= failureThreshold) open()
    },
  }
}
