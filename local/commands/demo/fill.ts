// Fills a system with a launch: people who join, refer, are invited and redeem, and a closed gate.
import { setTimeout as wait } from 'node:timers/promises'
import { type Demo, exists, findInMail, post } from './api.ts'
import { createPeople, type Person } from './people.ts'

type Say = (line: string) => void

const joinAll = async (demo: Demo, people: Person[]) => {
  const codes: string[] = []
  // One after the other, so that the order of the line is the same at every run.
  for (const { referrer, confirms: _, redeems: __, ...answers } of people) {
    const referred_by = referrer === null ? undefined : codes[referrer]
    const { body } = await post(demo, '/api/waitlist/join', { body: { ...answers, referred_by } })
    codes.push(body.referral_code)
  }
}

const confirmAll = async (demo: Demo & { mailbox: string }, people: Person[]) => {
  const confirming = people.filter(({ confirms }) => confirms)
  for (const { email } of confirming) {
    const token = await findInMail(demo.mailbox, email, /\/me#confirm=([\w-]+)/)
    if (token) await post(demo, '/api/waitlist/confirm', { body: { token } })
  }
  return confirming.length
}

const releaseWaves = async (demo: Demo, count: number) => {
  const waves = [
    { count: Math.ceil(count / 25), reason: 'first look' },
    { count: Math.ceil(count / 25), reason: 'agencies', filter: { persona: 'agency' } },
    { count: Math.ceil(count / 10), reason: 'second wave' },
  ]
  let released = 0
  for (const wave of waves) {
    const { body } = await post(demo, '/api/waitlist/release', { body: wave })
    released += body.released
  }
  return released
}

const redeemPress = async (demo: Demo, codes: string[]) => {
  for (const [n, code] of codes.entries())
    if (n % 3 !== 0)
      await post(demo, '/api/invites/redeem', {
        body: { code, email: `reporter${n}@press.example` },
      })
}

const invitedOf = async (demo: Demo & { mailbox: string }) => {
  const list = await fetch(`${demo.mailbox}/api/mails`)
  const { mails } = (await list.json()) as { mails: { to: string; subject: string }[] }
  return mails.filter(({ subject }) => subject.startsWith('You are invited')).map(({ to }) => to)
}

const redeemInvited = async (
  demo: Demo & { mailbox: string },
  people: Person[],
  released: number,
) => {
  const deadline = Date.now() + 15_000
  let invited = new Set<string>()
  while (invited.size < released && Date.now() < deadline) {
    invited = new Set(await invitedOf(demo))
    await wait(100)
  }
  const redeeming = people.filter(({ email, redeems }) => redeems && invited.has(email))
  for (const { email } of redeeming) {
    const code = await findInMail(demo.mailbox, email, /VOBEE-[0-9A-Z]+/)
    if (code) await post(demo, '/api/invites/redeem', { body: { code, email } })
  }
  return redeeming.length
}

const earnCodes = async (demo: Demo, people: Person[]) => {
  for (const { email } of people.slice(0, 5))
    await post(demo, '/api/referrals/earn', { body: { user_email: email }, expected: [404] })
}

const healthy = { churn_rate: 0.04, engagement_rate: 0.8, fraud_rate: 0.01, window: 'day 1' }
const declining = [
  { churn_rate: 0.09, engagement_rate: 0.72, fraud_rate: 0.02, window: 'day 2' },
  { churn_rate: 0.17, engagement_rate: 0.55, fraud_rate: 0.05, window: 'day 3' },
  { churn_rate: 0.31, engagement_rate: 0.38, fraud_rate: 0.11, window: 'day 4' },
]

const report = (demo: Demo, metrics: object) =>
  post(demo, '/api/quality/metrics', { body: metrics })

/** Fills the system. Returns false if it already holds the demo. */
export const fillSystem = async (demo: Demo, count: number, say: Say): Promise<boolean> => {
  if (await exists(demo, '/api/invites/batches/demo-press')) return false
  await report(demo, healthy)
  const press = await post(demo, '/api/invites/generate', {
    body: { batch_size: 20, batch_id: 'demo-press', expires_in_days: 30 },
  })
  const people = createPeople(count)
  await joinAll(demo, people)
  say(`${count} people joined the waitlist`)
  const { mailbox } = demo
  if (mailbox) say(`${await confirmAll({ ...demo, mailbox }, people)} people confirmed`)
  const released = await releaseWaves(demo, count)
  say(`${released} people were released in three waves`)
  await earnCodes(demo, people)
  await redeemPress(demo, press.body.codes)
  if (mailbox) {
    const redeemed = await redeemInvited({ ...demo, mailbox }, people, released)
    say(`${redeemed} invited people redeemed their codes`)
  }
  for (const metrics of declining) await report(demo, metrics)
  say('the metrics declined for three days and the gate closed')
  return true
}
