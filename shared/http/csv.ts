// CSV as RFC 4180 writes it, and as a spreadsheet may open it.

// A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection).
const isFormula = /^[=+\-@\t\r]/
const needsQuotes = /[",\r\n]/

const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A value as a cell: quoted where needed; text that a spreadsheet would run has a ' before it. */
export const csvCell = (value: unknown): string => {
  const plain = textOf(value)
  const safe = typeof value === 'string' && isFormula.test(plain) ? `'${plain}` : plain
  return needsQuotes.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** One line of CSV with its end. */
export const csvLine = (cells: readonly unknown[]): string => `${cells.map(csvCell).join(',')}\r\n`
