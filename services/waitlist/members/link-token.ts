// The token of a mailed link, and the errors of one that does not work.
import { text } from '@vobee/shared/http/text'
import { linkExpired, linkInvalid, linkUsed } from '../errors.ts'
import type { LinkOutcome, LinkOwner } from '../mail/links.ts'

/** The token from the link's fragment. Any other text is an invalid link. */
export const LinkToken = text(200).describe("The token from the mailed link's fragment.")

const errors = { invalid: linkInvalid, expired: linkExpired, used: linkUsed }

/** The errors of a route that consumes a link. */
export const linkErrors = Object.values(errors)

const challenge = { headers: { 'www-authenticate': 'Bearer' } }

/** Returns the owner of a consumed link. @throws linkInvalid, linkExpired, linkUsed (401) */
export const ownerOf = (link: LinkOutcome): LinkOwner => {
  if (link.outcome === 'consumed') return link
  const error = errors[link.outcome]
  throw error(`${error.title} Request a new one at POST /api/waitlist/link.`, challenge)
}
