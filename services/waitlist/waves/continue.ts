// What a scheduled job does for waves: it releases those that are due, and the rest of large ones.
import type { Database } from '@vobee/shared/data/database'
import { type Moving, moveMembers } from './members.ts'
import { releaseDue } from './schedule.ts'

/** Releases what the gate lets pass; each run continues where the last one, or a crash, stopped. */
export const continueWaves = async (db: Database, moving: Moving): Promise<void> => {
  await moveMembers(db, moving)
  await releaseDue(db, moving.maxGateAge)
  await moveMembers(db, moving)
}
