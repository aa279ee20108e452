// @ts-check
/** Attribution: how the visitor came here, from the query of the page's address. */

const UTM_NAMES = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content']
const CODE = /^[A-Za-z0-9_-]{1,50}$/

/** Returns the members that a join carries besides its answers, without malformed ones. */
export function attribution() {
  const query = new URLSearchParams(location.search)
  const code = query.get('ref') ?? ''
  return {
    ...(CODE.test(code) && { referred_by: code }),
    ...Object.fromEntries([...query].filter(([name, value]) => isUtm(name, value))),
    ...(navigator.language && { locale: navigator.language }),
  }
}

/**
 * A parameter must never prevent a join: the server rejects control characters in text.
 * @param {string} name
 * @param {string} value
 */
function isUtm(name, value) {
  return UTM_NAMES.includes(name) && value !== '' && value.length <= 200 && !/\p{Cc}/u.test(value)
}
