import { redactFreeText } from '@vobee/shared/privacy/redact-text'

// Erases a person from the text that admins wrote. The tables are in the order in which an
// evaluation locks them: the gate, then reports.
export const erasePerson = redactFreeText('quality_gates', {
  evaluations: ['reason'],
  gate: ['by_hand'],
  reports: ['period'],
})
