// Disposable addresses, by the domains that disposable-email-domains lists.
import { disposableEmailBlocklistSet } from 'disposable-email-domains-js'

const listed: ReadonlySet<string> = disposableEmailBlocklistSet()

/** Whether the domain of a canonical address, or a parent of it, is listed. */
export const isDisposable = (canonical: string): boolean => {
  const labels = canonical.slice(canonical.lastIndexOf('@') + 1).split('.')
  return labels.some((_, n) => listed.has(labels.slice(n).join('.')))
}
