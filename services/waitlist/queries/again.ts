// Joins draw their referral code at random; a drawn code that somebody has is drawn again.
import { retry } from '@vobee/shared/data/retry'

// One join in a hundred thousand at ten million entries.
const isCodeTaken = (error: unknown) =>
  (error as { constraint?: string }).constraint === 'entries_referral_code_key'

/** Runs `act` again after a deadlock, or when it drew a referral code that exists. */
export const untilDone = <T>(act: () => Promise<T>): Promise<T> => retry(act, isCodeTaken)
