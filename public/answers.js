// @ts-check
/** A member's answers. A change is scored again. */

import { explain } from './explain.js'
import { Problem } from './gateway.js'
import { moved } from './member-status.js'
import { at, whilePressed } from './page.js'
import { questionsOf } from './questions.js'
import { requestAsMember } from './session.js'

/** @typedef {import('./member-status.js').Me} Me */

/**
 * @param {() => Me} now
 * @param {(me: Me) => void} update
 */
export function offerAnswers(now, update) {
  const form = /** @type {HTMLFormElement} */ (at('answers'))
  let saved = now()
  fillIn(form, saved)
  const questions = questionsOf(form)
  const language = /** @type {HTMLSelectElement} */ (at('language'))

  const save = async () => {
    say('', '')
    if (!questions.check()) return
    const body = changesOf({ ...questions.read(), language: language.value }, saved)
    if (Object.keys(body).length === 0) {
      say('You changed nothing.', '')
      return
    }
    try {
      const me = await requestAsMember('/api/waitlist/me', { method: 'PATCH', body })
      say(savedText(now(), me), '')
      saved = me
      update(me)
    } catch (error) {
      const errors = error instanceof Problem ? error.errors : []
      const others = questions.showErrors(errors).map(({ message }) => message)
      say('', errors.length ? others.join(' ') : explain(error, 'Your answers are still here.'))
    }
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    whilePressed(at('save'), 'Saving…', save)
  })
}

/** Returns the language of the emails. @param {string | null} locale */
const languageOf = (locale) => (/^de\b/i.test(locale ?? '') ? 'de' : 'en')

/** @param {HTMLFormElement} form @param {Me} me */
function fillIn(form, me) {
  const values = { ...me, name: me.name ?? '', language: languageOf(me.locale) }
  for (const name of /** @type {const} */ (['persona', 'use_case', 'name', 'language'])) {
    const control = /** @type {HTMLInputElement} */ (form.elements.namedItem(name))
    control.value = values[name]
  }
}

/**
 * Returns the answers that differ from the saved ones.
 * @param {Record<string, string>} answers
 * @param {Me} saved
 */
function changesOf({ persona, use_case, name, language }, saved) {
  return {
    ...(persona !== saved.persona && { persona }),
    ...(use_case !== saved.use_case && { use_case }),
    ...(name !== (saved.name ?? '') && { name: name || null }),
    ...(language !== languageOf(saved.locale) && { locale: language }),
  }
}

/** @param {Me} before @param {Me} me */
function savedText(before, me) {
  if (!before.position || !me.position) return 'Saved.'
  return `Saved. ${moved(before.position, me.position)}`
}

/** @param {string} saved @param {string} error */
function say(saved, error) {
  at('answers-saved').textContent = saved
  at('answers-error').textContent = error
}
