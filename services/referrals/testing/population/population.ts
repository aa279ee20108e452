// A population of people, honest and not, as a seed makes it. The default weights were fitted to the
// population of one seed and are tested with another too. Never change it to suit the weights.
import { aliasFlood, disposableFlood, farm, proxyFarm, ring, slowFarm } from './fraud.ts'
import { family, member, office, star, university } from './honest.ts'
import { add, type Crowd, type Person } from './person.ts'
import { randomOf } from './random.ts'

const groups: [number, (crowd: Crowd) => void][] = [
  [14, star],
  [900, member],
  [250, family],
  [40, office],
  [7, university],
  [30, farm],
  [20, slowFarm],
  [20, aliasFlood],
  [18, disposableFlood],
  [12, proxyFarm],
  [50, ring],
]

const PEOPLE = 20_000

/** Returns the people in the order in which they join. */
export const populationOf = (seed: number): Person[] => {
  let networks = 0
  const crowd: Crowd = { random: randomOf(seed), people: [], networks: () => ++networks }
  for (const [count, group] of groups) for (let n = 0; n < count; n++) group(crowd)
  while (crowd.people.length < PEOPLE) add(crowd, {})
  return crowd.people.sort((a, b) => a.at - b.at)
}
