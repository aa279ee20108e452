// @ts-check
/** What the page's own address says about how the visitor came here. */

const MARKS = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content']
const CODE = /^[A-Za-z0-9_-]{1,50}$/

/** The members that a join may carry beside its answers; what has not the right shape is left out. */
export function arrival() {
  const query = new URLSearchParams(location.search)
  const code = query.get('ref') ?? ''
  return {
    ...(CODE.test(code) && { referred_by: code }),
    ...Object.fromEntries([...query].filter(([name, value]) => isMark(name, value))),
    ...(navigator.language && { locale: navigator.language }),
  }
}

/**
 * A mark must never cost a join: the server refuses control characters in text.
 * @param {string} name
 * @param {string} value
 */
function isMark(name, value) {
  return MARKS.includes(name) && value !== '' && value.length <= 200 && !/\p{Cc}/u.test(value)
}
