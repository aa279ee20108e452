const WIDTH = 100

/** Returns JSON in lines of at most 100 columns where possible: what fits is on one line. */
export const formatJson = (value: unknown, indent = ''): string => {
  const line = JSON.stringify(value)
  if (indent.length + line.length <= WIDTH || typeof value !== 'object' || value === null)
    return line
  const inner = `${indent} `
  const isList = Array.isArray(value)
  const items = isList
    ? value.map((item) => formatJson(item, inner))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => `${JSON.stringify(name)}: ${formatJson(member, inner)}`)
  const [open, close] = isList ? '[]' : '{}'
  return `${open}\n${inner}${items.join(`,\n${inner}`)}\n${indent}${close}`
}
