// The faults that invites can name.
import { problem } from '@vobee/shared/http/problem'

export const invalidCode = problem(404, 'invalid_code', 'There is no such code.')
export const codeNotYours = problem(403, 'code_not_yours', 'The code was issued to somebody else.')
export const codeRevoked = problem(410, 'code_revoked', 'The code was revoked.')
export const codeAlreadyUsed = problem(409, 'code_already_used', 'The code has no use left.')
export const codeExpired = problem(410, 'code_expired', 'The code has expired.')
export const tooManyGuesses = problem(429, 'too_many_guesses', 'Too many wrong codes.')
export const batchExists = problem(409, 'batch_exists', 'There is a batch with this batch_id.')
export const codeExists = problem(409, 'code_exists', 'This code is taken.')
export const unknownBatch = problem(404, 'unknown_batch', 'There is no such batch.')
export const codeReserved = problem(409, 'code_reserved', 'Every use that is left is reserved.')
export const notExtendable = problem(409, 'not_extendable', 'A revoked code can not be extended.')
export const unknownReservation = problem(
  404,
  'unknown_reservation',
  'There is no such reservation.',
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
  'The reservation has become a use, which stays.',
)
export const unknownRevocation = problem(404, 'unknown_revocation', 'There is no such revocation.')
