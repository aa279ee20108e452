// @ts-check
/** The questions of a form: their answers, their checks, and an error beside each field. */

import { at } from './page.js'

const USE_CASE_MAX = 2000
const NAME_MAX = 200
const SHOWN_FROM = 100

/** In the order of the pages, so that the first error is the topmost. */
const checks = { email: checkEmail, persona: checkPersona, use_case: checkUseCase, name: checkName }

/** @typedef {keyof typeof checks} Name */
/** @typedef {import('./gateway.js').InputError} InputError */

/** @param {string} email */
function checkEmail(email) {
  if (!email) return 'Please enter your email address.'
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return ''
  return 'That doesn’t look like an email address. It should read like name@example.com.'
}

/** @param {string} persona */
function checkPersona(persona) {
  return persona ? '' : 'Please choose the one that fits best.'
}

/** @param {string} useCase */
function checkUseCase(useCase) {
  if (!useCase) return 'Please tell us what you would hand off.'
  return checkLength(useCase, USE_CASE_MAX)
}

/** @param {string} name */
function checkName(name) {
  return checkLength(name, NAME_MAX)
}

/** @param {string} answer @param {number} most */
function checkLength(answer, most) {
  return answer.length > most ? `Please shorten your answer to ${most} characters.` : ''
}

/**
 * Returns the questions that the form contains.
 * @param {HTMLFormElement} form
 */
export function questionsOf(form) {
  const all = /** @type {Name[]} */ (Object.keys(checks))
  const names = all.filter((name) => form.elements.namedItem(name))

  /** @param {Name} name */
  function answer(name) {
    const control = /** @type {HTMLInputElement | RadioNodeList} */ (form.elements.namedItem(name))
    return control.value.trim()
  }

  /** @returns {Record<string, string>} */
  function read() {
    return Object.fromEntries(names.map((name) => [name, answer(name)]))
  }

  /** Checks every answer and shows the errors. Returns whether there are none. */
  function check() {
    for (const name of names) showError(name, checks[name](answer(name)))
    return !focusFirstError(form)
  }

  /**
   * Shows the errors of the server beside their fields. Returns those without a field here.
   * @param {InputError[]} errors
   */
  function showErrors(errors) {
    for (const name of names) {
      showError(name, errors.find(({ path }) => path === name)?.message ?? '')
    }
    focusFirstError(form)
    return errors.filter(({ path }) => !names.some((name) => name === path))
  }

  /** Removes an error as soon as it is fixed. New errors appear at the next try. */
  function recheck() {
    for (const name of names) {
      if (at(name).hasAttribute('aria-invalid')) showError(name, checks[name](answer(name)))
    }
  }

  form.addEventListener('input', recheck)
  if (names.includes('use_case')) countDown()
  return { read, check, showErrors }
}

/** @param {Name} name @param {string} error */
function showError(name, error) {
  at(`${name}-error`).textContent = error
  if (error) at(name).setAttribute('aria-invalid', 'true')
  else at(name).removeAttribute('aria-invalid')
}

/** @param {HTMLFormElement} form */
function focusFirstError(form) {
  const first = form.querySelector('[aria-invalid=true]')
  const control = first?.querySelector('input') ?? first
  if (control instanceof HTMLElement) control.focus()
  return first
}

/** Shows how many characters are left, once there are few. */
function countDown() {
  const field = /** @type {HTMLTextAreaElement} */ (at('use_case'))
  const show = () => {
    const left = USE_CASE_MAX - field.value.trim().length
    at('use_case-left').textContent = left > SHOWN_FROM ? '' : remaining(left)
  }
  field.addEventListener('input', show)
  show() // after a reload a browser can fill in the answers
}

/** @param {number} left */
function remaining(left) {
  const characters = Math.abs(left) === 1 ? 'character' : 'characters'
  return left < 0 ? `${-left} ${characters} too many` : `${left} ${characters} left`
}
