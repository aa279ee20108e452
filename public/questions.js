// @ts-check
/** The questions of a form: their answers, what is wrong with them, and saying so beside each. */

import { at } from './page.js'

const USE_CASE_MAX = 2000
const NAME_MAX = 200
const COUNTED_FROM = 100

/** In the order of the pages, so that the first fault is the topmost. */
const checks = { email: checkEmail, persona: checkPersona, use_case: checkUseCase, name: checkName }

/** @typedef {keyof typeof checks} Name */
/** @typedef {import('./gateway.js').Fault} Fault */

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
 * Those of the questions that the form asks.
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

  /** Checks every answer, shows what is wrong, and says whether nothing is. */
  function check() {
    for (const name of names) showFault(name, checks[name](answer(name)))
    return !focusFirstFault(form)
  }

  /**
   * Shows the server's faults beside their fields and gives back those that have no field here.
   * @param {Fault[]} faults
   */
  function showFaults(faults) {
    for (const name of names) {
      showFault(name, faults.find(({ path }) => path === name)?.message ?? '')
    }
    focusFirstFault(form)
    return faults.filter(({ path }) => !names.some((name) => name === path))
  }

  /** A fault goes as soon as it is mended; a new one waits for the next try. */
  function recheck() {
    for (const name of names) {
      if (at(name).hasAttribute('aria-invalid')) showFault(name, checks[name](answer(name)))
    }
  }

  form.addEventListener('input', recheck)
  if (names.includes('use_case')) countDown()
  return { read, check, showFaults }
}

/** @param {Name} name @param {string} fault */
function showFault(name, fault) {
  at(`${name}-error`).textContent = fault
  if (fault) at(name).setAttribute('aria-invalid', 'true')
  else at(name).removeAttribute('aria-invalid')
}

/** @param {HTMLFormElement} form */
function focusFirstFault(form) {
  const first = form.querySelector('[aria-invalid=true]')
  const control = first?.querySelector('input') ?? first
  if (control instanceof HTMLElement) control.focus()
  return first
}

/** How much of the use case is left, once it is little. */
function countDown() {
  const field = /** @type {HTMLTextAreaElement} */ (at('use_case'))
  const show = () => {
    const left = USE_CASE_MAX - field.value.trim().length
    at('use_case-left').textContent = left > COUNTED_FROM ? '' : remaining(left)
  }
  field.addEventListener('input', show)
  show() // a browser may have kept the answers through a reload
}

/** @param {number} left */
function remaining(left) {
  const characters = Math.abs(left) === 1 ? 'character' : 'characters'
  return left < 0 ? `${-left} ${characters} too many` : `${left} ${characters} left`
}
