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

export const perform = async <K extends Action['kind']>(
  world: World,
  action: Of<K>,
): Promise<unknown> => performers[action.kind as K](world, action)
