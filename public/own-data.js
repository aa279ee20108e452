// @ts-check
/** Downloads everything that the services store of a member, as one file. */

import { explain } from './explain.js'
import { at, whilePressed } from './page.js'
import { requestAsMember } from './session.js'

const prefixes = {
  waitlist: '/api/waitlist',
  invites: '/api/invites',
  referrals: '/api/referrals',
  'quality-gates': '/api/quality',
}

const REVOKE_MS = 60_000

export function offerOwnData() {
  const button = at('export')
  const download = async () => {
    at('data-error').textContent = ''
    at('data-hint').textContent = ''
    try {
      save(await collect())
      at('data-hint').textContent = 'Your data is in your downloads.'
    } catch (error) {
      at('data-error').textContent = `${explain(error)} Nothing was downloaded.`
    }
  }
  button.addEventListener('click', () => whilePressed(button, 'Collecting…', download))
}

/** Collects all parts or none: a missing part would look like an empty one. */
async function collect() {
  const parts = Object.entries(prefixes).map(async ([name, prefix]) => [
    name,
    await requestAsMember(`${prefix}/me/export`),
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
