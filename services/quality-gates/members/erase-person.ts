// Erasing a person from the words of admins; what else is kept are counts, in which nobody is named.
import { redactFreeText } from '@vobee/shared/privacy/redact-text'

// In the order in which an evaluation locks: the gate, then reports.
export const erasePerson = redactFreeText('quality_gates', {
  evaluations: ['reason'],
  gate: ['by_hand'],
  reports: ['period'],
})
