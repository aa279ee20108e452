import { randomUUID } from 'node:crypto'
import type { Payload } from '@vobee/shared/events/catalogue'

/** The uses of codes that invites publishes when these people redeem one each now. */
export const usesOf = (people: readonly string[]): Payload<'invites.used'>['uses'] =>
  people.map((person) => ({
    ...{ use_id: randomUUID(), person, batch_id: 'b', grant_id: null },
    at: new Date().toISOString(),
  }))
