// One person of the generated population, and what most people have in common.
import type { Random } from './random.ts'

export const kinds = [
  'farm',
  'slow farm',
  'alias flood',
  'disposable flood',
  'proxy farm',
  'ring',
] as const
export type Fraud = (typeof kinds)[number]

/** `at` is in seconds; `…After` are seconds from the join. */
export type Person = {
  name: string
  referrer: string | null
  at: number
  network: string | null
  agent: string
  lookalike: string | null
  disposable: boolean
  confirmedAfter: number | null
  automated: boolean
  redeemedAfter: number | null
  /** The referral of this person is a fraud. */
  fraud: Fraud | null
}

export type Crowd = { random: Random; people: Person[]; networks: () => number }

export const HOUR = 3_600
export const DAY = 86_400
export const SPAN = 25 * DAY

const first =
  'anna ben chris dana emil fatima george hanna ivan julia kofi lena maria noah olga paul'
const last =
  'miller smith garcia nguyen kim rossi novak silva jones weber ali chen kaya dubois moreau'
const firstNames = first.split(' ')
const lastNames = last.split(' ')
const letters = 'abcdefghijklmnopqrstuvwxyz'

export const word = (random: Random, length: number) =>
  Array.from({ length }, () => letters[random.int(0, 25)]).join('')

/** Most addresses are unlike any other; a few are a common first name and a number. */
export const lookalikeOf = (random: Random): string | null => {
  if (random.chance(0.05)) return null
  if (random.chance(0.07)) return random.from(firstNames)
  if (random.chance(0.05)) return random.from(lastNames)
  return `${random.from(firstNames)}${word(random, random.int(3, 7))}`
}

/** Browsers, the most frequent first: a quarter of all people have one of two. */
export const agentOf = (random: Random, count = 60) => `agent ${random.skewed(count)}`

/** A home of its own, a mobile carrier that many share, or a public network. */
export const networkOf = ({ random, networks }: Crowd): string | null => {
  if (random.chance(0.03)) return null
  if (random.chance(0.35)) return `carrier ${random.int(1, 4)}/${random.skewed(60)}`
  return random.chance(0.1) ? `public ${random.skewed(200)}` : `home ${networks()}`
}

/** People need minutes to open a mail, some of them seconds; some never do. */
export const honestConfirmation = (random: Random) =>
  random.chance(0.87) ? Math.max(4, random.about(150, 1.3)) : null

/** Adds a person who joins honestly, with what differs; returns it. */
export const add = (crowd: Crowd, more: Partial<Person>): Person => {
  const { random, people } = crowd
  const person: Person = {
    name: `p${people.length}`,
    referrer: null,
    at: random.int(0, SPAN),
    network: networkOf(crowd),
    agent: agentOf(random),
    lookalike: lookalikeOf(random),
    disposable: random.chance(0.01),
    confirmedAfter: honestConfirmation(random),
    automated: random.chance(0.01),
    redeemedAfter: random.chance(0.15) ? random.about(2 * DAY, 1.5) : null,
    fraud: null,
    ...more,
  }
  people.push(person)
  return person
}

/** Adds somebody who refers others from early on. */
export const addReferrer = (crowd: Crowd, more: Partial<Person> = {}) =>
  add(crowd, { at: crowd.random.int(0, SPAN / 3), ...more })
