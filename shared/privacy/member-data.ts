// What a member may ask of every service: all that it keeps of them, and to erase it.
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Member, member, memberCalling } from '../auth/callers.ts'
import { inTurn } from '../data/batch.ts'
import { type Database, type Transaction, transaction } from '../data/database.ts'
import { overloaded } from '../http/problem.ts'
import { route } from '../http/route.ts'

type Kept = Record<string, z.ZodType>

export type OwnData<Shape extends Kept> = {
  prefix: string
  name: string
  /** What the service keeps, by name. */
  kept: Shape
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
export const ownDataRoutes = <Shape extends Kept>(
  app: FastifyInstance,
  { prefix, name, kept, read, erase }: OwnData<Shape>,
) => {
  const service = z.string()
  const exported_at = z.iso.datetime()
  const [readInTurn, eraseInTurn] = [inTurn(WAITING), inTurn(WAITING)]
  route(
    app,
    {
      method: 'GET',
      url: `${prefix}/me/export`,
      summary: `Everything that ${name} keeps of a member`,
      admits: member,
      replies: [200, z.object({ service, exported_at, ...kept }) as z.ZodType],
      refuses: [overloaded],
    },
    async ({ caller }) => {
      const calling = memberCalling(caller)
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
      admits: member,
      replies: [200, z.object({ status: z.literal('success') })],
      refuses: [overloaded],
    },
    async ({ caller }) => {
      const calling = memberCalling(caller)
      await eraseInTurn(() => erase(app.database, calling))
      return { status: 'success' as const }
    },
  )
}
