// Acts that fail by chance and succeed when they are done again.

type DatabaseError = { code?: string; constraint?: string }

const isDeadlock = ({ code }: DatabaseError) => code === '40P01'

// A drawn referral code that somebody has: one join in a hundred thousand at ten million.
const isCodeTaken = ({ constraint }: DatabaseError) => constraint === 'entries_referral_code_key'

const ATTEMPTS = 5

/**
 * Runs `act` again when it was the victim of a deadlock or drew a code that is taken. Statements
 * here lock entries in the order of their key and then the counts, so that they make no deadlock;
 * somebody's by hand may.
 */
export const untilDone = async <T>(act: () => Promise<T>, attempt = 1): Promise<T> => {
  try {
    return await act()
  } catch (error) {
    const passes = isDeadlock(error as DatabaseError) || isCodeTaken(error as DatabaseError)
    if (!passes || attempt === ATTEMPTS) throw error
    return untilDone(act, attempt + 1)
  }
}
