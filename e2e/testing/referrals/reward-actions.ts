// Using codes, paying, and what members and reviewers do with rewards and referrals.
import { asMember } from '@vobee/testing/members'
import { emailOf } from './facts.ts'
import type { Request } from './system.ts'
import { expectStatus, type Of, type World } from './world.ts'

// Codes of a batch first, then those that people earned.
const CODES = `
  select code from invites.codes as code join invites.batches as batch on batch.id = code.batch
  order by grant_id is not null, code.id`

export const redeem = async (
  { system, inboxes, facts }: World,
  { who, pick, sending }: Of<'redeem'>,
) => {
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

// Somebody who came back could be taken for the person who was erased.
export const pay = async ({ system, inboxes, facts }: World, { who, sending }: Of<'pay'>) => {
  if (facts.wasErased(who)) return
  const person = facts.current(who)
  const [member] = await inboxes.query<{ id: string }>(
    'select id from referrals.members where person = $1',
    [person.key],
  )
  if (!member) return
  const body = { referredUserId: member.id }
  const reply = await system.send({ service: 'referrals', path: 'convert', body }, sending)
  expectStatus(reply, 'convert', 200, 202)
  person.hasPaid = true
}

export const earn = async ({ system }: World, { who, sending }: Of<'earn'>) => {
  const body = { user_email: emailOf(who) }
  const reply = await system.send({ service: 'referrals', path: 'earn', body }, sending)
  expectStatus(reply, 'earn', 200, 423)
}

const CLAIMABLE = `
  select reward.id, person from referrals.user_rewards as reward
  join referrals.members as member on member.id = user_id
  where reward_type not in ('invite_codes', 'quality_bonus')
  order by reward.created_at, reward.id`

// Anybody may try; only the member who has the reward can succeed, and once.
export const claim = async (
  { system, inboxes, facts }: World,
  { who, pick, sending }: Of<'claim'>,
) => {
  const rewards = await inboxes.query<{ id: string; person: string }>(CLAIMABLE)
  const reward = rewards[pick % Math.max(1, rewards.length)]
  if (!reward) return
  const headers = asMember(emailOf(who))
  const body = { rewardId: reward.id }
  const request: Request = { service: 'referrals', path: 'claim-reward', body, headers }
  const reply = await system.send(request, sending)
  expectStatus(reply, 'claim', 200, 404)
  if (reply.status === 200 && reward.person !== facts.keyOf(who)) throw new Error('not theirs')
  if (reply.status === 200 && facts.claimed.has(reward.id)) throw new Error('claimed twice')
  if (reply.status === 200) facts.claimed.add(reward.id)
}

const ATTRIBUTED = `
  select id, referrer_user_id as referrer from referrals.referrals where state <> 'claimed'
  order by created_at, id`

export const review = async (
  { system, inboxes, facts }: World,
  { pick, act, change_decision, dry_run }: Of<'review'>,
) => {
  const rows = await inboxes.query<{ id: string; referrer: string }>(ATTRIBUTED)
  const row = rows[pick % Math.max(1, rows.length)]
  if (!row) return
  const body = { action: act, referral_ids: [row.id], reason: 'a test', change_decision, dry_run }
  const reply = await system.send({ service: 'referrals', path: 'review', body })
  expectStatus(reply, 'review', 200)
  if (dry_run) return
  if (act === 'block') facts.blocked.add(row.referrer)
  else if (act === 'unblock') facts.blocked.delete(row.referrer)
  else {
    const { already_decided, not_held } = reply.body as Record<string, string[]>
    const isLeft = [already_decided, not_held].some((ids) => ids?.includes(row.id))
    if (!isLeft) facts.decisions.set(row.id, act === 'approve' ? 'approved' : 'voided')
  }
}
