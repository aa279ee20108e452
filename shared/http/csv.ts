// CSV by RFC 4180, safe to open in a spreadsheet.

// A spreadsheet runs a cell that begins with one of these (OWASP, CSV injection).
const isFormula = /^[=+\-@\t\r]/
const needsQuotes = /[",\r\n]/

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Returns a value as a cell: quoted where needed; a ' precedes text that a spreadsheet would run. */
export const csvCell = (value: unknown): string => {
  const plain = textOf(value)
  const safe = typeof value === 'string' && isFormula.test(plain) ? `'${plain}` : plain
  return needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Returns one line of CSV with its line end. */
export const csvLine = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(',')}\r\n`
