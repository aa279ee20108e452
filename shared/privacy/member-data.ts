// The routes of every service for a member's own data: export all of it, or erase it.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Member, member, requireMember } from '../auth/callers.ts'
import { mutex } from '../data/batch.ts'
import { type Transaction, transaction } from '../data/database.ts'
import { retry } from '../data/retry.ts'
import { overloaded } from '../http/problem.ts'
import { route } from '../http/route.ts'
import { pascalCase } from '../http/text.ts'

type Stored = Record<string, z.ZodType>

export type MemberData<Shape extends Stored> = {
  prefix: string
  name: string
  /** What the service stores of a member, by name. */
  stored: Shape
  /** Reads all of it in one snapshot. */
  read: (db: Transaction, member: Member) => Promise<z.input<z.ZodObject<Shape>>>
  /** Erases it; runs again after a deadlock. */
  erase: (db: Transaction, member: Member) => Promise<unknown>
}

/**
 * Most requests that wait for the one that runs. Where no index finds a person's rows, all rows are
 * read: among a million mails 30 exports at once stopped all joins for a second.
 */
const WAITING = 64

const oneSnapshot = 'set transaction isolation level repeatable read read only'

/** Declares `GET <prefix>/me/export` and `DELETE <prefix>/me`. */
export const memberDataRoutes = <Shape extends Stored>(
  app: FastifyInstance,
  data: MemberData<Shape>,
) => {
  exportRoute(app, data)
  eraseRoute(app, data)
}

const exportRoute = <Shape extends Stored>(
  app: FastifyInstance,
  { prefix, name, stored, read }: MemberData<Shape>,
) => {
  const service = z.string()
  const exported_at = z.iso.datetime()
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      method: 'GET',
      url: `${prefix}/me/export`,
      operationId: `export${pascalCase(name)}MemberData`,
      summary: `Export everything that ${name} stores of a member`,
      auth: member,
      replies: [200, z.object({ service, exported_at, ...stored }) as z.ZodType],
      errors: [overloaded],
    },
    async ({ caller }) => {
      const owner = requireMember(caller)
      const data = await oneAtATime(() =>
        transaction(app.database, (connection) => read(connection, owner), oneSnapshot),
      )
      return { service: name, exported_at: new Date().toISOString(), ...data }
    },
  )
}

const eraseRoute = <Shape extends Stored>(
  app: FastifyInstance,
  { prefix, name, erase }: MemberData<Shape>,
) => {
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      method: 'DELETE',
      url: `${prefix}/me`,
      operationId: `eraseFrom${pascalCase(name)}`,
      summary: `Erase a member from ${name}`,
      auth: member,
      replies: [200, z.object({ status: z.literal('success') })],
      errors: [overloaded],
    },
    async ({ caller }) => {
      const owner = requireMember(caller)
      await oneAtATime(() =>
        retry(() => transaction(app.database, (connection) => erase(connection, owner))),
      )
      return { status: 'success' as const }
    },
  )
}
