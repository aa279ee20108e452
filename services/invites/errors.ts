// The errors of the routes of invites.
import { problem } from '@vobee/shared/http/problem'

export const invalidCode = problem(404, 'invalid_code', 'This code does not exist.')
export const codeNotYours = problem(403, 'code_not_yours', 'The code was issued to somebody else.')
export const codeRevoked = problem(410, 'code_revoked', 'The code was revoked.')
export const codeAlreadyUsed = problem(409, 'code_already_used', 'The code has no uses left.')
export const codeExpired = problem(410, 'code_expired', 'The code has expired.')
export const codeReserved = problem(
  409,
  'code_reserved',
  'All remaining uses of the code are reserved.',
)
export const tooManyGuesses = problem(429, 'too_many_guesses', 'Too many wrong codes.')
export const batchExists = problem(
  409,
  'batch_exists',
  'A batch with this batch_id already exists.',
)
export const codeExists = problem(409, 'code_exists', 'This code already exists.')
export const unknownBatch = problem(404, 'unknown_batch', 'This batch does not exist.')
export const notExtendable = problem(
  409,
  'not_extendable',
  'The expiry of a revoked code cannot be changed.',
)
export const unknownReservation = problem(
  404,
  'unknown_reservation',
  'This reservation does not exist.',
)
export const reservationExpired = problem(
  410,
  'reservation_expired',
  'The reservation has expired.',
)
export const reservationCancelled = problem(
  409,
  'reservation_cancelled',
  'The reservation was cancelled.',
)
export const reservationConfirmed = problem(
  409,
  'reservation_confirmed',
  'The reservation was confirmed and cannot be cancelled.',
)
export const unknownRevocation = problem(
  404,
  'unknown_revocation',
  'This revocation does not exist.',
)
export const notUndoable = problem(409, 'not_undoable', 'A recall cannot be undone.')
