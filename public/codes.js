// @ts-check
/** A member's invite codes, and collecting the codes that they earned by referring friends. */

import { copyBy } from './copy.js'
import { explain } from './explain.js'
import { at, whilePressed } from './page.js'
import { requestAsMember } from './session.js'

/**
 * @typedef {object} Code
 * @property {string} code
 * @property {'active' | 'expired' | 'used' | 'revoked'} status
 * @property {string | null} expires_at
 * @property {number | null} remaining_uses
 * @property {string} link
 * @property {boolean} earned by referrals, to give away
 */

const MINTING_MS = 500
const MINTING_TRIES = 16

const day = new Intl.DateTimeFormat('en', { dateStyle: 'long' })

/** @param {import('./member-status.js').Me} me */
export function offerCodes(me) {
  const [section, list, collecting] = [at('codes'), at('code-list'), at('collecting')]
  const hint = at('codes-hint')
  const button = at('collect')
  let shown = ''

  /** @returns {Promise<Code[]>} */
  const load = async () => {
    const { codes } = await requestAsMember('/api/invites/mine')
    if (JSON.stringify(codes) !== shown) list.replaceChildren(...codes.map(itemOf))
    shown = JSON.stringify(codes)
    return codes
  }
  /** @param {import('./member-status.js').Me} now */
  const update = async (now) => {
    const mayHave = now.referrals > 0 || now.status === 'invited' || now.status === 'redeemed'
    if (mayHave || shown === '') await load().catch(() => {}) // the next poll tries again
    collecting.hidden = now.referrals === 0 || now.status === 'removed'
    section.hidden = list.children.length === 0 && collecting.hidden
  }
  const collect = async () => {
    hint.textContent = ''
    try {
      const body = { user_email: me.email }
      const earned = await requestAsMember('/api/referrals/earn', { body })
      await untilMinted(earned.codes_available, load)
      hint.textContent = sentenceOf(earned)
    } catch (error) {
      hint.textContent = explain(error)
    }
  }
  button.addEventListener('click', () => whilePressed(button, 'Collecting…', collect))
  return update
}

/**
 * Waits until the codes exist: invites creates them a moment after they are earned.
 * @param {number} due
 * @param {() => Promise<Code[]>} load
 */
async function untilMinted(due, load) {
  const isLeft = (/** @type {Code} */ own) => own.earned && own.status !== 'used'
  for (let n = 0; n < MINTING_TRIES; n++) {
    if ((await load()).filter(isLeft).length >= due) return
    await new Promise((resolve) => setTimeout(resolve, MINTING_MS))
  }
}

/** @param {{ earned: boolean, codes_available: number }} reply */
function sentenceOf({ earned, codes_available: left }) {
  if (!earned) return 'You have not earned a code yet. The next friend who joins may earn you one.'
  if (left === 0) return 'All the codes that you earned are used.'
  return left === 1 ? 'You have one code to give away.' : `You have ${left} codes to give away.`
}

/** @param {Code} own */
function itemOf(own) {
  const template = /** @type {HTMLTemplateElement} */ (at('own-code'))
  const item = /** @type {DocumentFragment} */ (template.content.cloneNode(true))
  /** @param {string} selector */
  const part = (selector) => /** @type {HTMLElement} */ (item.querySelector(selector))
  part('.code').textContent = own.code
  part('.code-status').textContent = `${own.earned ? 'To give away' : 'For you'}, ${statusOf(own)}`
  part('.actions').hidden = own.status !== 'active'
  part('[data-redeem]').setAttribute('href', `#invite=${encodeURIComponent(own.code)}`)
  part('[data-redeem]').hidden = own.earned
  part('[data-copy-link]').hidden = !own.earned
  copyBy(part('[data-copy-link]'), own.link, part('.hint'))
  copyBy(part('[data-copy]'), own.code, part('.hint'))
  return item
}

/** @param {Code} own */
function statusOf({ status, expires_at, remaining_uses }) {
  if (status === 'used') return 'used'
  if (status === 'revoked') return 'revoked'
  if (status === 'expired') return 'expired'
  if (remaining_uses === 0) return 'in use'
  const uses = remaining_uses !== null && remaining_uses > 1 ? `${remaining_uses} uses, ` : ''
  return (
    uses +
    (expires_at ? `valid until ${day.format(new Date(expires_at))}` : 'valid without a time limit')
  )
}
