// The content of a mail, from which its text and its HTML are rendered.

/** A paragraph, a link (a button unless `plain`), or a code to copy. */
export type Block = string | { label: string; url: string; plain?: true } | { code: string }

export type Message = { subject: string; blocks: Block[]; footer: Block[] }

/** The facts about a recipient when the mail is sent. */
export type Facts = {
  /** Null unless waiting. */
  position: number | null
  totalWaiting: number
  isInvited: boolean
  /** Removed from the list: the mail mentions neither a place nor referrals. */
  isRemoved: boolean
  shareUrl: string
  /** Whether referrals count only once confirmed. */
  friendsConfirm: boolean
  /** The link to the member page; `confirms`: it also confirms the address. */
  page: { url: string; confirms: boolean }
  unsubscribeUrl: string
  codes: { code: string; url: string }[]
}

/** The facts about codes that an admin issued to an address. */
export type IssuedFacts = {
  pageUrl: string
  /** Null if the recipient is not on the list. */
  unsubscribeUrl: string | null
  codes: Facts['codes']
  /** More than `codes` if the mail does not list all. */
  count: number
}

/** One mail in one language, without the footer. */
export type Content = (facts: Facts) => { subject: string; blocks: Block[] }

export type Language = 'en' | 'de'
export type Template = Record<Language, Content>
