// What app.ts creates once and passes to the routes.
import type { Database } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency/idempotency'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { CodeTerms } from './code-format.ts'
import type { GuessLimit } from './guesses/guess-limit.ts'

export type RouteDeps = {
  db: Database
  idempotent: Idempotent
  personKey: PersonKey
  limitGuesses: GuessLimit
  terms: CodeTerms
  /** As `gateState` takes it. */
  maxGateAge: () => number | null
  publicUrl: string
}

/** ms: revoking or extending a million codes takes half a minute. */
export const LONG_ACTION_MS = 120_000
