// Disposable addresses, by the domains that disposable-email-domains lists.
import { disposableEmailBlocklistSet } from 'disposable-email-domains-js'

const listed: ReadonlySet<string> = disposableEmailBlocklistSet()

/** Whether the domain of a canonical address, or a parent of it, is listed. */
export const isDisposable = (canonical: string): boolean => {
  const domain = canonical.slice(canonical.lastIndexOf('@') + 1)
  for (let start = 0; ; ) {
    if (listed.has(domain.slice(start))) return true
    const dot = domain.indexOf('.', start)
    if (dot < 0) return false
    start = dot + 1
  }
}
