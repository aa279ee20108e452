// What a mailed link's token opens, or the fault that refuses it.
import { text } from '@vobee/shared/http/text'
import { linkExpired, linkInvalid, linkUsed } from '../errors.ts'
import type { LinkOwner, Taken } from '../mail/links.ts'

/** The token as it stands in the link's fragment; whatever else it is, is refused as unknown. */
export const LinkToken = text(200).describe("The token from the mailed link's fragment.")

const refusals = { invalid: linkInvalid, expired: linkExpired, used: linkUsed }

/** What a route that takes a link may refuse with. */
export const linkRefusals = Object.values(refusals)

const again = { headers: { 'www-authenticate': 'Bearer' } }

/** Whose link it was. @throws linkInvalid, linkExpired, linkUsed (401) */
export const ownerOf = (taken: Taken): LinkOwner => {
  if (taken.outcome === 'taken') return taken
  const refusal = refusals[taken.outcome]
  throw refusal(`${refusal.title} Ask for a new one at POST /api/waitlist/link.`, again)
}
