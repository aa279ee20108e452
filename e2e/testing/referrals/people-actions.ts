// Joining, sharing, leaving and erasing.
import { asHostUser, asMember } from '@vobee/testing/members'
import { emailOf } from './facts.ts'
import type { Request } from './system.ts'
import { expectStatus, type Of, type World } from './world.ts'

export const join = async (
  { system, facts }: World,
  { who, by, device, isConfirmed, sending }: Of<'join'>,
) => {
  const person = facts.current(who)
  const brought = by === null ? null : (facts.current(by).joins.at(-1)?.code ?? null)
  const body = {
    ...{ email: emailOf(who), use_case: 'to see', persona: 'other', confirmed: isConfirmed },
    ...(brought ? { referred_by: brought } : {}),
    ...(device ? { client_address: '203.0.113.7', client_user_agent: device } : {}),
  }
  const request: Request = { service: 'waitlist', path: 'join', body }
  const [span, reply] = await facts.timed(() => system.send(request, sending))
  expectStatus(reply, 'join', 201)
  const code = reply.body.referral_code as string
  const entry = facts.entryOf(person)
  if (entry && entry.code !== code) throw new Error('a repeated join changed the code')
  if (!entry) person.joins.push({ ...span, code, brought, device, left: null })
  person.isConfirmed ||= isConfirmed
}

export const share = async ({ system, facts }: World, { who, by, sending }: Of<'share'>) => {
  const body = { inviter_email: emailOf(by), recipient_email: emailOf(who) }
  const request: Request = { service: 'referrals', path: 'share', body }
  facts.current(by)
  const to = facts.current(who)
  const [span, reply] = await facts.timed(() => system.send(request, sending))
  expectStatus(reply, 'share', ...(who === by ? [409] : [201]))
  if (reply.status === 201)
    facts.shares.push({ ...span, by, to, id: reply.body.referral_id as string })
}

// Somebody who came back could be taken for the person who was erased.
export const track = async ({ system, facts }: World, { who, by, sending }: Of<'track'>) => {
  const code = facts.current(by).joins.at(-1)?.code
  if (!code || facts.wasErased(who)) return
  const person = facts.current(who)
  const headers = asHostUser(`user ${who}`, emailOf(who))
  const body = { referralCode: code }
  const request: Request = { service: 'referrals', path: 'track', body, headers }
  const [span, reply] = await facts.timed(() => system.send(request, sending))
  expectStatus(reply, 'track', 201, 400, 409)
  // The host has verified the address.
  person.isConfirmed = true
  if (reply.status === 201) {
    person.tracked = { id: reply.body.referralId as string, code, span }
  }
}

export const leave = async ({ system, facts }: World, { who }: Of<'leave'>) => {
  const headers = asMember(emailOf(who))
  const entry = facts.entryOf(facts.current(who))
  const request: Request = { service: 'waitlist', path: 'leave', headers }
  const [span, reply] = await facts.timed(() => system.send(request))
  expectStatus(reply, 'leave', entry ? 200 : 404)
  if (entry) entry.left = span
}

export const erase = async ({ system, inboxes, facts }: World, { who }: Of<'erase'>) => {
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
