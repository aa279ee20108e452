// The errors that only the waitlist returns.
import { problem } from '@vobee/shared/http/problem'

export const unknownEntry = problem(404, 'unknown_entry', 'There is no such entry.')
export const unknownWave = problem(404, 'unknown_wave', 'There is no such wave.')
export const waveReleased = problem(409, 'wave_released', 'This wave was released already.')
export const unknownAction = problem(404, 'unknown_action', 'There is no such action.')
export const entryErased = problem(410, 'entry_erased', 'The person of this entry was erased.')
export const linkInvalid = problem(401, 'link_invalid', 'This link is not valid.')
export const linkExpired = problem(401, 'link_expired', 'This link has expired.')
export const linkUsed = problem(401, 'link_used', 'This link was already used.')
export const tooManyLinks = problem(429, 'too_many_links', 'Too many links were requested.')
export const mailOff = problem(409, 'mail_off', 'This system sends no mail.')
export const notWaiting = problem(409, 'not_waiting', 'This entry is no longer waiting.')
export const nothingToResend = problem(
  409,
  'nothing_to_resend',
  'No mail fits the state of this entry.',
)
export const unsubscribed = problem(409, 'unsubscribed', 'This person unsubscribed from mail.')
export const tooManyMails = problem(429, 'too_many_mails', 'This person got too many mails.')
export const nothingToConfirm = problem(
  409,
  'nothing_to_confirm',
  'There is no address to confirm.',
)
