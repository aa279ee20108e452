// @ts-check
/** The form's three questions: their answers, what is wrong with them, and saying so beside each. */

import { at } from './page.js'

const USE_CASE_MAX = 2000
const COUNTED_FROM = 100

/** In the order of the page, so that the first fault is the topmost. */
const checks = { email: checkEmail, persona: checkPersona, use_case: checkUseCase }

/** @typedef {keyof typeof checks} Name */
/** @typedef {import('./gateway.js').Fault} Fault */

const names = /** @type {Name[]} */ (Object.keys(checks))

const form = /** @type {HTMLFormElement} */ (at('join-form'))

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
  const over = useCase.length - USE_CASE_MAX
  return over > 0 ? `Please shorten your answer to ${USE_CASE_MAX} characters.` : ''
}

export function readAnswers() {
  return { email: answer('email'), persona: answer('persona'), use_case: answer('use_case') }
}

/** @param {Name} name */
function answer(name) {
  const control = /** @type {HTMLInputElement | RadioNodeList} */ (form.elements.namedItem(name))
  return control.value.trim()
}

/** Checks every answer, shows what is wrong, and says whether nothing is. */
export function checkAnswers() {
  for (const name of names) showFault(name, checks[name](answer(name)))
  return !focusFirstFault()
}

/**
 * Shows the server's faults beside their fields and gives back those that have no field here.
 * @param {Fault[]} faults
 */
export function showFaults(faults) {
  for (const name of names) {
    showFault(name, faults.find(({ path }) => path === name)?.message ?? '')
  }
  focusFirstFault()
  return faults.filter(({ path }) => !names.some((name) => name === path))
}

/** @param {Name} name @param {string} fault */
function showFault(name, fault) {
  at(`${name}-error`).textContent = fault
  if (fault) at(name).setAttribute('aria-invalid', 'true')
  else at(name).removeAttribute('aria-invalid')
}

function focusFirstFault() {
  const first = form.querySelector('[aria-invalid=true]')
  const control = first?.querySelector('input') ?? first
  if (control instanceof HTMLElement) control.focus()
  return first
}

/** A fault goes as soon as it is mended; a new one waits for the next try. */
function recheck() {
  for (const name of names) {
    if (at(name).hasAttribute('aria-invalid')) showFault(name, checks[name](answer(name)))
  }
}

function countDown() {
  const left = USE_CASE_MAX - answer('use_case').length
  at('use_case-left').textContent = left > COUNTED_FROM ? '' : remaining(left)
}

/** @param {number} left */
function remaining(left) {
  const characters = Math.abs(left) === 1 ? 'character' : 'characters'
  return left < 0 ? `${-left} ${characters} too many` : `${left} ${characters} left`
}

form.addEventListener('input', recheck)
at('use_case').addEventListener('input', countDown)
countDown() // a browser may have kept the answers through a reload
