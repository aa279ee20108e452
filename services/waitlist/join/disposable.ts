// Addresses that are made to be thrown away, by the domains of disposable-email-domains.
import { disposableEmailBlocklistSet } from 'disposable-email-domains-js'

const listed: ReadonlySet<string> = disposableEmailBlocklistSet()

/** Whether a canonical address is of a listed domain, or of one below it. */
export const isDisposable = (canonical: string): boolean => {
  const labels = canonical.slice(canonical.lastIndexOf('@') + 1).split('.')
  return labels.some((_, n) => listed.has(labels.slice(n).join('.')))
}
