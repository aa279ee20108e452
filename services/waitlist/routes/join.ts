import { visitor } from '@vobee/shared/callers'
import type { Database } from '@vobee/shared/database'
import { Email, type PersonKey } from '@vobee/shared/email'
import { gather } from '@vobee/shared/gather'
import { overloaded } from '@vobee/shared/problem'
import { route } from '@vobee/shared/route'
import { flatObject, text } from '@vobee/shared/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { answersScore, personas } from '../priority.ts'
import { join, type NewEntry } from '../queries/entries.ts'
import { estimatedWait } from '../wait.ts'

const utm = text(200, 0).optional()

export const JoinBody = z.strictObject({
  email: Email,
  use_case: text(2000),
  persona: z.enum(personas),
  referred_by: z
    .string()
    .trim()
    .regex(/^[\w-]{1,50}$/, 'must be 1 to 50 of A-Z a-z 0-9 _ -')
    .optional()
    .describe('The referral code of whoever sent the visitor; an unknown one is no fault.'),
  name: text(200).optional(),
  utm_source: utm,
  utm_medium: utm,
  utm_campaign: utm,
  utm_term: utm,
  utm_content: utm,
  metadata: flatObject(20, 2048).optional(),
  locale: text(35).optional(),
})
export type JoinBody = z.infer<typeof JoinBody>

export const JoinReply = z.object({
  status: z.literal('success'),
  position: z.int().min(1),
  total_waiting: z.int().min(1),
  estimated_wait: z.string(),
  estimated_wait_days: z.object({ low: z.int(), high: z.int() }).nullable(),
  invites_paused: z.boolean(),
  referral_code: z.string(),
  share_url: z.url(),
})

export type JoinDeps = {
  db: Database
  personKey: PersonKey
  publicUrl: string
  patience: () => number | null
}

const entryOf = (body: JoinBody, personKey: PersonKey): NewEntry => ({
  person: personKey(body.email),
  email: body.email,
  name: body.name ?? null,
  use_case: body.use_case,
  persona: body.persona,
  locale: body.locale ?? null,
  utm: Object.fromEntries(
    Object.entries(body).filter(([name, value]) => name.startsWith('utm_') && value),
  ) as Record<string, string>,
  metadata: body.metadata ?? {},
  referred_by: body.referred_by ?? null,
  answers_score: answersScore(body),
})

export const joinRoute = (
  app: FastifyInstance,
  { db, personKey, publicUrl, patience }: JoinDeps,
) => {
  const joinTogether = gather((entries: readonly NewEntry[]) => join(db, entries, patience()))
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/join',
      summary: 'Join the waitlist',
      admits: visitor,
      body: JoinBody,
      replies: [201, JoinReply],
      refuses: [overloaded],
    },
    async ({ body }) => {
      const place = await joinTogether(entryOf(body, personKey))
      return {
        status: 'success' as const,
        ...place,
        estimated_wait: estimatedWait(place.position),
        estimated_wait_days: null,
        share_url: `${publicUrl}/r/${place.referral_code}`,
      }
    },
  )
}
