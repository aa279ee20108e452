// Look-alike addresses: `anna1`, `anna.2` and `anna.k.7` at any domains have the same bucket.

// Mailboxes that many unrelated people use.
const common = new Set(
  (
    'account accounts admin apply billing business careers contact dev email events example feedback ' +
    'finance founder founders hallo hello help info invite invites jobs kontakt legal mail mailbox ' +
    'marketing mailto media news newsletter noreply office ops orders partner partners post press ' +
    'sales security service shop signup spam subscribe support team test testing user webmaster work'
  ).split(' '),
)

const MIN_LETTERS = 4

/**
 * Returns the bucket of an address: the letters of its local part without the plus-tag and without
 * single letters. Null if too few letters remain, or if unrelated people often have it.
 */
export const lookalikeOf = (address: string): string | null => {
  const [local = ''] = address.slice(0, address.lastIndexOf('@')).toLowerCase().split('+')
  const words = local.match(/[\p{L}\p{M}]{2,}/gu) ?? []
  const bucket = words.join('')
  return bucket.length < MIN_LETTERS || common.has(bucket) ? null : bucket
}
