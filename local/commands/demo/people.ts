// The people of the demo: the same ones at every run.
export type Person = {
  name: string
  email: string
  persona: string
  use_case: string
  utm_source: string
  /** The index of the person whose link they used. */
  referrer: number | null
  /** Whether they confirm their address. */
  confirms: boolean
  /** Whether they redeem their code once they are invited. */
  redeems: boolean
}

const firstNames = 'Ada Bea Cyd Dan Eve Fay Gus Hal Ivy Jo Kim Lea Max Noa Oli Pia Quin Ray Sam Tea'
const lastNames = 'Abel Berg Cole Diaz Egan Falk Gill Hart Ito Jung Kaya Lund Mora Nagy Okoro Popa'
const personas = ['solo_founder', 'small_team', 'agency', 'content_creator', 'other']
const sources = ['newsletter', 'podcast', 'search', 'friends', 'conference']
const useCases = [
  'Invoices and reminders',
  'Social media for three shops',
  'Answering support mail',
  'Scheduling a team of twelve',
  'Research before sales calls',
]

/** Returns numbers from 0 to 1 that are the same for every run (mulberry32). */
const randomNumbers = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/** Returns `count` people in the order in which they join. */
export const createPeople = (count: number): Person[] => {
  const random = randomNumbers(2_026)
  const oneOf = (list: readonly string[]) => list[Math.floor(random() * list.length)] as string
  return Array.from({ length: count }, (_, n) => {
    const [first, last] = [oneOf(firstNames.split(' ')), oneOf(lastNames.split(' '))]
    const isReferred = n >= 10 && random() < 0.4
    return {
      name: `${first} ${last}`,
      email: `${first}.${last}.${n + 1}@demo.example`.toLowerCase(),
      persona: oneOf(personas),
      use_case: oneOf(useCases),
      utm_source: oneOf(sources),
      // A few people refer most of the others.
      referrer: isReferred ? Math.floor(random() ** 3 * Math.min(n, 60)) : null,
      confirms: random() < 0.7,
      redeems: random() < 0.6,
    }
  })
}
