// The faults that invites can name.
import { problem } from '@vobee/shared/problem'

export const invalidCode = problem(404, 'invalid_code', 'There is no such code.')
export const codeNotYours = problem(403, 'code_not_yours', 'The code was issued to somebody else.')
export const codeRevoked = problem(410, 'code_revoked', 'The code was revoked.')
export const codeAlreadyUsed = problem(409, 'code_already_used', 'The code has no use left.')
export const codeExpired = problem(410, 'code_expired', 'The code has expired.')
export const batchExists = problem(409, 'batch_exists', 'There is a batch with this batch_id.')
export const codeExists = problem(409, 'code_exists', 'This code is taken.')
