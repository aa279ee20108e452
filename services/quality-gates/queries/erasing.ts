// Erasing a person from the words of admins; what else is kept are counts, in which nobody is named.
import { renamingWords } from '@vobee/shared/privacy/erase'

// In the order in which an evaluation locks: the gate, then reports.
export const erasePerson = renamingWords('quality_gates', {
  evaluations: ['reason'],
  gate: ['by_hand'],
  reports: ['period'],
})
