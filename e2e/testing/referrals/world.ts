// What an action works on.
import type { Action } from './actions.ts'
import type { Facts } from './facts.ts'
import type { Inboxes } from './inboxes.ts'
import type { Reply, System } from './system.ts'

/** `isAlone`: one connection performs all actions, one after another. */
export type World = { system: System; inboxes: Inboxes; facts: Facts; isAlone: boolean }
export type Of<K extends Action['kind']> = Extract<Action, { kind: K }>

/** @throws if a reply has another status. */
export const expectStatus = (reply: Reply, request: string, ...allowed: number[]) => {
  if (!allowed.includes(reply.status)) {
    throw new Error(`${request}: ${reply.status} ${JSON.stringify(reply.body)}`)
  }
}
