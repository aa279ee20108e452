// What a mail says, once: from it come its text and its HTML.

/** A paragraph, a link to press (a button, unless `plain`), or a code to copy. */
export type Block = string | { press: string; url: string; plain?: true } | { code: string }

export type Letter = { subject: string; blocks: Block[]; footer: Block[] }

/** What is known of whom a mail is for, at the moment it is sent. */
export type Facts = {
  /** Null unless waiting. */
  position: number | null
  totalWaiting: number
  isInvited: boolean
  /** Taken off the list: of a place and of friends they are told nothing. */
  isRemoved: boolean
  shareUrl: string
  /** Whether friends count only once they have confirmed. */
  friendsConfirm: boolean
  /** Leads to their page; `confirms` the address as well. */
  page: { url: string; confirms: boolean }
  stopUrl: string
  codes: { code: string; url: string }[]
}

/** One mail in one language; what everybody gets besides is added by `write.ts`. */
export type Words = (facts: Facts) => { subject: string; blocks: Block[] }

export type Language = 'en' | 'de'
export type Template = Record<Language, Words>
