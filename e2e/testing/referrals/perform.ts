// Performs actions, and adds what was answered to the facts.
import type { Action } from './actions.ts'
import { erase, join, leave, share, track } from './people-actions.ts'
import { claim, earn, pay, redeem, review } from './reward-actions.ts'
import type { Of, World } from './world.ts'

type Performers = {
  [K in Action['kind']]: (world: World, action: Of<K>) => Promise<unknown>
}

const performers: Performers = {
  ...{ join, share, track, leave, erase, redeem, pay, earn, claim, review },
  gate: ({ system }, { isOpen }) => system.gate(isOpen),
  deliver: ({ inboxes, isAlone }, { service, pick }) => inboxes.deliver(service, pick, isAlone),
  batch: ({ inboxes, isAlone }, { service }) => inboxes.deliver(service, 'all', isAlone),
  repeat: ({ inboxes }, { service, pick }) => inboxes.repeat(service, pick),
  lose: ({ inboxes }, { service, pick }) => inboxes.lose(service, pick),
}

// With several connections, events of a person who comes back may overtake the erasure.
const hasGone = ({ facts, isAlone }: World, action: Action) =>
  !isAlone &&
  (('who' in action && facts.wasErased(action.who)) ||
    (action.kind === 'share' && facts.wasErased(action.by)))

export const perform = async <K extends Action['kind']>(
  world: World,
  action: Of<K>,
): Promise<unknown> => {
  if (hasGone(world, action)) return
  return performers[action.kind as K](world, action)
}
