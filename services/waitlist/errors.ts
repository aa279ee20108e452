// The faults that the waitlist can name.
import { problem } from '@vobee/shared/problem'

export const unknownEntry = problem(404, 'unknown_entry', 'There is no such entry.')
export const notWaiting = problem(409, 'not_waiting', 'This person does not wait any more.')
