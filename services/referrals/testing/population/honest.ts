// Honest people, among them those who look like a fraud: families, offices, universities, stars.
import {
  add,
  addReferrer,
  agentOf,
  type Crowd,
  DAY,
  HOUR,
  type Person,
  SPAN,
  word,
} from './person.ts'

/** Friends from everywhere: some over weeks, some within hours of a post. */
export const star = (crowd: Crowd) => {
  const { random } = crowd
  const { name, at } = addReferrer(crowd)
  const posts = Array.from({ length: random.int(1, 4) }, () => random.int(at, SPAN))
  const friends = random.int(50, 500)
  for (let n = 0; n < friends; n++) {
    const after = random.chance(0.5) ? random.from(posts) + random.gap(HOUR) : random.int(at, SPAN)
    add(crowd, { referrer: name, at: after + 60 })
  }
}

/** A few friends within weeks; some of them live or work in the same place. */
export const member = (crowd: Crowd) => {
  const { random } = crowd
  const { name, at, network } = addReferrer(crowd)
  const friends = random.int(1, 6)
  for (let n = 0; n < friends; n++) {
    const near = random.chance(0.25) ? { network } : {}
    add(crowd, { referrer: name, at: at + 60 + random.gap(5 * DAY), ...near })
  }
}

/** Up to six people at one address on an evening or within days, some on the same tablet. */
export const family = (crowd: Crowd) => {
  const { random, networks } = crowd
  const network = `home ${networks()}`
  const surname = word(random, 7)
  const alike = random.chance(0.15)
  const { name, at, agent } = addReferrer(crowd, { network })
  const pace = random.from([HOUR / 2, DAY])
  let joined = at + 300
  for (let n = random.int(2, 5); n > 0; n--) {
    joined += random.gap(pace)
    const device = random.chance(0.3) ? { agent } : {}
    const named = alike ? { lookalike: surname } : {}
    add(crowd, { referrer: name, at: joined, network, ...device, ...named })
  }
}

type Place = { size: [number, number]; agents: number; networks: number; scanned: number }

/** Many people on few networks with few kinds of browsers, some of them all in one meeting. */
const place = (crowd: Crowd, { size, agents, networks: count, scanned }: Place) => {
  const { random, networks } = crowd
  const shared = Array.from({ length: count }, () => `place ${networks()}`)
  const isScanned = random.chance(scanned)
  const meets = random.chance(0.25)
  const mates = (): Partial<Person> => ({
    network: random.chance(0.8) ? random.from(shared) : `home ${networks()}`,
    agent: agentOf(random, agents),
    ...(isScanned ? { automated: true, confirmedAfter: random.int(2, 8) } : {}),
  })
  const { name, at } = addReferrer(crowd, mates())
  const meeting = at + DAY
  for (let n = random.int(...size); n > 0; n--) {
    const joined = meets ? meeting + random.int(0, HOUR / 2) : at + 300 + random.gap(4 * DAY)
    add(crowd, { referrer: name, at: joined, ...mates() })
  }
}

/** Some offices have a scanner of mail that presses the button. */
export const office = (crowd: Crowd) =>
  place(crowd, { size: [5, 25], agents: 8, networks: 1, scanned: 0.05 })

export const university = (crowd: Crowd) =>
  place(crowd, { size: [30, 120], agents: 25, networks: 4, scanned: 0 })
