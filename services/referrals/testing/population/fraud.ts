// Frauds: one person, or a few who agreed, appear as many.
import { add, addReferrer, agentOf, type Crowd, DAY, type Person, word } from './person.ts'

type Plan = {
  kind: NonNullable<Person['fraud']>
  size: [number, number]
  /** Mean seconds between two joins, and how many follow before a longer pause. */
  gap: [number, number]
  session: number
  /** How each of the joined looks. */
  look: (crowd: Crowd) => Partial<Person>
  referrer?: Partial<Person>
  /** The chance that a script confirms; otherwise the person does it, in a hurry. */
  script: number
  /** Hours between two sessions, on average. */
  pause: number
}

const confirmations = ({ random }: Crowd, script: number) =>
  random.chance(script)
    ? () => (random.chance(0.95) ? random.int(1, 12) : null)
    : () => (random.chance(0.9) ? random.about(45, 0.7) : null)

const joinMany = (crowd: Crowd, { kind, size, gap, session, look, ...plan }: Plan) => {
  const { random } = crowd
  const { name, at } = addReferrer(crowd, plan.referrer)
  const mean = random.int(...gap)
  const confirm = confirmations(crowd, plan.script)
  const automated = random.chance(0.2)
  let joined = at + random.gap(2 * DAY)
  for (let n = random.int(...size); n > 0; n--) {
    joined += n % session === 0 ? random.gap(plan.pause * 3_600) : random.gap(mean)
    add(crowd, {
      referrer: name,
      at: joined,
      confirmedAfter: confirm(),
      automated,
      redeemedAfter: random.chance(0.1) ? random.int(20, 4 * DAY) : null,
      fraud: kind,
      ...look(crowd),
    })
  }
}

/** The few networks and browsers of one person; most refer from there too. */
const deskOf = ({ random, networks }: Crowd, places: number) => {
  const own = Array.from({ length: random.int(1, places) }, () => `home ${networks()}`)
  // Some change their browser's name for each join.
  const count = random.chance(0.15) ? 60 : random.int(1, 3)
  const agents = Array.from({ length: count }, () => agentOf(random))
  const look = () => ({ network: random.from(own), agent: random.from(agents) })
  return { look, referrer: random.chance(0.7) ? look() : {} }
}

/** Some invent names one like the other, some take them from a list. */
const namesOf = ({ random }: Crowd, alike: number, bases: number) => {
  if (!random.chance(alike)) return () => ({})
  const names = Array.from({ length: bases }, () => word(random, 6))
  return () => ({ lookalike: random.from(names) })
}

export const farm = (crowd: Crowd) => {
  const { look, referrer } = deskOf(crowd, 3)
  const named = namesOf(crowd, 0.5, 4)
  joinMany(crowd, {
    kind: 'farm',
    size: [20, 120],
    gap: [15, 120],
    session: 40,
    pause: 12,
    script: 0.6,
    referrer,
    look: () => ({ ...look(), ...named() }),
  })
}

/** A few a day, by hand. */
export const slowFarm = (crowd: Crowd) => {
  const { look, referrer } = deskOf(crowd, 2)
  const named = namesOf(crowd, 0.5, 3)
  joinMany(crowd, {
    kind: 'slow farm',
    size: [8, 30],
    gap: [120, 1_200],
    session: 4,
    pause: 20,
    script: 0.1,
    referrer,
    look: () => ({ ...look(), ...named() }),
  })
}

/** One name with numbers, dots and tags; some of it through a VPN. */
export const aliasFlood = (crowd: Crowd) => {
  const { random, networks } = crowd
  const { look, referrer } = deskOf(crowd, 1)
  const named = namesOf(crowd, 1, random.int(1, 2))
  const hidden = random.chance(0.3)
  joinMany(crowd, {
    kind: 'alias flood',
    size: [15, 60],
    gap: [10, 180],
    session: 30,
    pause: 10,
    script: 0.5,
    referrer,
    look: () => ({ ...look(), ...(hidden ? { network: `vpn ${networks()}` } : {}), ...named() }),
  })
}

export const disposableFlood = (crowd: Crowd) => {
  const { look, referrer } = deskOf(crowd, 5)
  joinMany(crowd, {
    kind: 'disposable flood',
    size: [15, 60],
    gap: [5, 60],
    session: 60,
    pause: 5,
    script: 0.7,
    referrer,
    look: ({ random }) => ({ ...look(), disposable: random.chance(0.9) }),
  })
}

/** Each from another network: the names, the pace and the speed remain. */
export const proxyFarm = (crowd: Crowd) => {
  const { random, networks } = crowd
  const agent = agentOf(random)
  const named = namesOf(crowd, 0.8, 6)
  joinMany(crowd, {
    kind: 'proxy farm',
    size: [30, 100],
    gap: [20, 90],
    session: 50,
    pause: 6,
    script: 0.85,
    look: () => ({ agent, network: `proxy ${networks()}`, ...named() }),
  })
}

/** People who refer each other in a circle: the referral that closes it is the fraud. */
export const ring = (crowd: Crowd) => {
  const { random, people } = crowd
  const size = random.int(3, 5)
  const from = people.length
  const start = random.int(0, 20 * DAY)
  for (let n = 0; n < size; n++) {
    const isLast = n === size - 1
    add(crowd, {
      referrer: `p${from + ((n + 1) % size)}`,
      at: start + 600 * (n + 1),
      fraud: isLast ? 'ring' : null,
    })
  }
}
