// @ts-check
/** A member's answers: changed, they are scored anew. */

import { explain } from './explain.js'
import { Problem } from './gateway.js'
import { at, whilePressed } from './page.js'
import { questionsOf } from './questions.js'
import { askAsMember } from './session.js'
import { moved } from './standing.js'

/** @typedef {import('./standing.js').Me} Me */

/**
 * @param {() => Me} now
 * @param {(me: Me) => void} update
 */
export function offerAnswers(now, update) {
  const form = /** @type {HTMLFormElement} */ (at('answers'))
  let kept = now()
  fillIn(form, kept)
  const questions = questionsOf(form)
  const language = /** @type {HTMLSelectElement} */ (at('language'))

  const act = async () => {
    say('', '')
    if (!questions.check()) return
    const body = changesOf({ ...questions.read(), language: language.value }, kept)
    if (Object.keys(body).length === 0) {
      say('Nothing was changed.', '')
      return
    }
    try {
      const me = await askAsMember('/api/waitlist/me', { method: 'PATCH', body })
      say(savedBy(now(), me), '')
      kept = me
      update(me)
    } catch (error) {
      const faults = error instanceof Problem ? error.errors : []
      const unplaced = questions.showFaults(faults).map(({ message }) => message)
      say('', faults.length ? unplaced.join(' ') : explain(error, 'Your answers are kept here.'))
    }
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    whilePressed(at('save'), 'Saving…', act)
  })
}

/** @param {string | null} locale as the mails take it */
const languageOf = (locale) => (/^de\b/i.test(locale ?? '') ? 'de' : 'en')

/** @param {HTMLFormElement} form @param {Me} me */
function fillIn(form, me) {
  const given = { ...me, name: me.name ?? '', language: languageOf(me.locale) }
  for (const name of /** @type {const} */ (['persona', 'use_case', 'name', 'language'])) {
    const control = /** @type {HTMLInputElement} */ (form.elements.namedItem(name))
    control.value = given[name]
  }
}

/**
 * What was answered otherwise than before.
 * @param {Record<string, string>} answers
 * @param {Me} kept
 */
function changesOf({ persona, use_case, name, language }, kept) {
  return {
    ...(persona !== kept.persona && { persona }),
    ...(use_case !== kept.use_case && { use_case }),
    ...(name !== (kept.name ?? '') && { name: name || null }),
    ...(language !== languageOf(kept.locale) && { locale: language }),
  }
}

/** @param {Me} before @param {Me} me */
function savedBy(before, me) {
  if (!before.position || !me.position) return 'Saved.'
  return `Saved. ${moved(before.position, me.position)}`
}

/** @param {string} saved @param {string} fault */
function say(saved, fault) {
  at('answers-saved').textContent = saved
  at('answers-fault').textContent = fault
}
