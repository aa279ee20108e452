// Random actions of people, and of what delivers the events between the services.
import { services } from '@vobee/shared/events/catalogue'
import { asMember } from '@vobee/testing/members'
import fc from 'fast-check'
import { emailOf, type Facts } from './facts.ts'
import type { Inboxes } from './inboxes.ts'
import type { Reply, Request, Sending, System } from './system.ts'

export const PEOPLE = 8

const who = fc.nat(PEOPLE - 1)
// A few people refer most of the others, so that they reach rewards.
const referrer = fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, { weight: 2, arbitrary: who })
const pick = fc.nat(99)
const sending = fc.constantFrom<Sending>('once', 'once', 'again', 'at once')
const service = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('referrals' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...services) },
)
const one = <K extends string>(kind: K) => fc.constant(kind)

const action = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      ...{ kind: one('join'), who, by: fc.option(referrer, { freq: 4 }), sending },
      isConfirmed: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: one('share'), who, by: referrer, sending }) },
  { weight: 5, arbitrary: fc.record({ kind: one('redeem'), who, pick, sending }) },
  { weight: 2, arbitrary: fc.record({ kind: one('earn'), who: referrer, sending }) },
  { weight: 1, arbitrary: fc.record({ kind: one('leave'), who }) },
  { weight: 1, arbitrary: fc.record({ kind: one('erase'), who }) },
  { weight: 14, arbitrary: fc.record({ kind: one('deliver'), service, pick }) },
  { weight: 3, arbitrary: fc.record({ kind: one('batch'), service }) },
  { weight: 3, arbitrary: fc.record({ kind: one('repeat'), service, pick }) },
  { weight: 2, arbitrary: fc.record({ kind: one('lose'), service, pick }) },
)
export type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

export const actions = fc.array(action, { maxLength: 70, size: 'max' })

export type World = { system: System; inboxes: Inboxes; facts: Facts; isAlone: boolean }
type Of<K extends Action['kind']> = Extract<Action, { kind: K }>

const expectStatus = (reply: Reply, request: string, ...allowed: number[]) => {
  if (!allowed.includes(reply.status)) {
    throw new Error(`${request}: ${reply.status} ${JSON.stringify(reply.body)}`)
  }
}

const join = async ({ system, facts }: World, { who, by, isConfirmed, sending }: Of<'join'>) => {
  const person = facts.current(who)
  const brought = by === null ? null : (facts.current(by).joins.at(-1)?.code ?? null)
  const body = {
    ...{ email: emailOf(who), use_case: 'to see', persona: 'other', confirmed: isConfirmed },
    ...(brought ? { referred_by: brought } : {}),
  }
  const request: Request = { service: 'waitlist', path: 'join', body }
  const [span, reply] = await facts.timed(() => system.send(request, sending))
  expectStatus(reply, 'join', 201)
  const code = reply.body.referral_code as string
  const entry = facts.entryOf(person)
  if (entry && entry.code !== code) throw new Error('a repeated join changed the code')
  if (!entry) person.joins.push({ ...span, code, brought, left: null })
  person.isConfirmed ||= isConfirmed
}

const share = async ({ system, facts }: World, { who, by, sending }: Of<'share'>) => {
  const body = { inviter_email: emailOf(by), recipient_email: emailOf(who) }
  const request: Request = { service: 'referrals', path: 'share', body }
  facts.current(by)
  const to = facts.current(who)
  const [span, reply] = await facts.timed(() => system.send(request, sending))
  expectStatus(reply, 'share', ...(who === by ? [409] : [201]))
  if (reply.status === 201)
    facts.shares.push({ ...span, by, to, id: reply.body.referral_id as string })
}

// Codes of a batch first, then those that people earned.
const CODES = `
  select code from invites.codes as code join invites.batches as batch on batch.id = code.batch
  order by grant_id is not null, code.id`

const redeem = async ({ system, inboxes, facts }: World, { who, pick, sending }: Of<'redeem'>) => {
  const codes = await inboxes.query<{ code: string }>(CODES)
  const code = codes[pick % Math.max(1, codes.length)]?.code
  if (!code) return
  const request: Request = {
    ...{ service: 'invites', path: 'redeem', body: { code, email: emailOf(who) } },
    headers: {},
  }
  const person = facts.current(who)
  const reply = await system.send(request, sending)
  expectStatus(reply, 'redeem', 200, 409, 410)
  if (reply.status !== 200) return
  person.hasRedeemed = true
  const isKnown = facts.uses.some((use) => use.code === code && use.person === person)
  if (!isKnown) facts.uses.push({ code, person })
}

const earn = async ({ system }: World, { who, sending }: Of<'earn'>) => {
  const body = { user_email: emailOf(who) }
  const reply = await system.send({ service: 'referrals', path: 'earn', body }, sending)
  expectStatus(reply, 'earn', 200, 423)
}

const leave = async ({ system, facts }: World, { who }: Of<'leave'>) => {
  const headers = asMember(emailOf(who))
  const entry = facts.entryOf(facts.current(who))
  const request: Request = { service: 'waitlist', path: 'leave', headers }
  const [span, reply] = await facts.timed(() => system.send(request))
  expectStatus(reply, 'leave', entry ? 200 : 404)
  if (entry) entry.left = span
}

const erase = async ({ system, inboxes, facts }: World, { who }: Of<'erase'>) => {
  const person = facts.current(who)
  const headers = asMember(emailOf(who))
  const request: Request = { service: 'waitlist', method: 'DELETE', path: 'me', headers }
  const [span, reply] = await facts.timed(() => system.send(request))
  expectStatus(reply, 'erase', 200)
  const [erasure] = await inboxes.query<{ pseudonym: string }>(
    `select pseudonym from proof.erasures where service = 'referrals' and person = $1
     order by id desc limit 1`,
    [person.key],
  )
  person.erased = span
  person.key = erasure?.pseudonym as string
}

// With several connections, events of a person who comes back may overtake the erasure.
const hasGone = ({ facts, isAlone }: World, action: Action) =>
  !isAlone &&
  (('who' in action && facts.wasErased(action.who)) ||
    (action.kind === 'share' && facts.wasErased(action.by)))

/** Performs an action, and adds what was answered to the facts. */
export const perform = async (world: World, action: Action): Promise<unknown> => {
  const { inboxes, isAlone } = world
  if (hasGone(world, action)) return
  switch (action.kind) {
    case 'join':
      return join(world, action)
    case 'share':
      return share(world, action)
    case 'redeem':
      return redeem(world, action)
    case 'earn':
      return earn(world, action)
    case 'leave':
      return leave(world, action)
    case 'erase':
      return erase(world, action)
    case 'deliver':
      return inboxes.deliver(action.service, action.pick, isAlone)
    case 'batch':
      return inboxes.deliver(action.service, 'all', isAlone)
    case 'repeat':
      return inboxes.repeat(action.service, action.pick)
    case 'lose':
      return inboxes.lose(action.service, action.pick)
  }
}
