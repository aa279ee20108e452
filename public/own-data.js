// @ts-check
/** What is kept of a member, as one file put together from what every service keeps. */

import { explain } from './explain.js'
import { at, whilePressed } from './page.js'
import { askAsMember } from './session.js'

const prefixes = {
  waitlist: '/api/waitlist',
  invites: '/api/invites',
  referrals: '/api/referrals',
  'quality-gates': '/api/quality',
}

const REVOKE_MS = 60_000

export function offerOwnData() {
  const button = at('export')
  const act = async () => {
    at('data-fault').textContent = ''
    at('data-hint').textContent = ''
    try {
      save(await collect())
      at('data-hint').textContent = 'Your data is in your downloads.'
    } catch (error) {
      at('data-fault').textContent = `${explain(error)} Nothing was downloaded.`
    }
  }
  button.addEventListener('click', () => whilePressed(button, 'Collecting…', act))
}

/** All of it or nothing: a part that is missing would pass for one that is empty. */
async function collect() {
  const parts = Object.entries(prefixes).map(async ([name, prefix]) => [
    name,
    await askAsMember(`${prefix}/me/export`),
  ])
  return Object.fromEntries(await Promise.all(parts))
}

/** @param {object} data */
function save(data) {
  const blob = new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = `vobee-my-data-${new Date().toISOString().slice(0, 10)}.json`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKE_MS)
}
