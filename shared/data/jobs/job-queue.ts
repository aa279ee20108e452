import type { PgBoss, Queue } from 'pg-boss'

/** A running job whose process says nothing for this time (in seconds, at least 10) is retried. */
const heartbeat = { heartbeatSeconds: 10 }

/** Creates a queue if it does not exist. Version 0.2.0 created queues without a heartbeat. */
export const createQueue = async (boss: PgBoss, queue: Queue & { name: string }) => {
  await boss.createQueue(queue.name, { ...queue, ...heartbeat })
  await boss.updateQueue(queue.name, heartbeat)
}
