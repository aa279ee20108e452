// What a member may ask of every service: all that it keeps of them, and to erase it.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Member, member, requireMember } from '../auth/callers.ts'
import { mutex } from '../data/batch.ts'
import { type Database, type Transaction, transaction } from '../data/database.ts'
import { overloaded } from '../http/problem.ts'
import { route } from '../http/route.ts'

type Stored = Record<string, z.ZodType>

export type MemberData<Shape extends Stored> = {
  prefix: string
  name: string
  /** What the service keeps, by name. */
  stored: Shape
  /** Reads all of it, in one transaction that sees one moment. */
  read: (db: Transaction, member: Member) => Promise<z.input<z.ZodObject<Shape>>>
  erase: (db: Database, member: Member) => Promise<unknown>
}

/**
 * Most who wait for their turn. Where no index finds what is kept of one person it is looked for in
 * all rows: among a million mails 30 exports at once kept everybody from joining for a second.
 */
const WAITING = 64

const seeOneMoment = 'set transaction isolation level repeatable read read only'

/** Answers `GET <prefix>/me/export` and `DELETE <prefix>/me`. */
export const memberDataRoutes = <Shape extends Stored>(
  app: FastifyInstance,
  { prefix, name, stored: kept, read, erase }: MemberData<Shape>,
) => {
  const service = z.string()
  const exported_at = z.iso.datetime()
  const [readInTurn, eraseInTurn] = [mutex(WAITING), mutex(WAITING)]
  route(
    app,
    {
      method: 'GET',
      url: `${prefix}/me/export`,
      summary: `Everything that ${name} keeps of a member`,
      auth: member,
      replies: [200, z.object({ service, exported_at, ...kept }) as z.ZodType],
      errors: [overloaded],
    },
    async ({ caller }) => {
      const calling = requireMember(caller)
      const found = await readInTurn(() =>
        transaction(app.database, (connection) => read(connection, calling), seeOneMoment),
      )
      return { service: name, exported_at: new Date().toISOString(), ...found }
    },
  )
  route(
    app,
    {
      method: 'DELETE',
      url: `${prefix}/me`,
      summary: `Erase a member from ${name}`,
      auth: member,
      replies: [200, z.object({ status: z.literal('success') })],
      errors: [overloaded],
    },
    async ({ caller }) => {
      const calling = requireMember(caller)
      await eraseInTurn(() => erase(app.database, calling))
      return { status: 'success' as const }
    },
  )
}
