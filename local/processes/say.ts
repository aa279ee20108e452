// What `npm start` itself prints: lines in a terminal; elsewhere JSON, as the processes do.
const INFO = 30

/** Returns a JSON line like those of the processes' logs. */
export const jsonLine = (msg: string, more: Record<string, string> = {}): string =>
  JSON.stringify({ level: INFO, time: new Date().toISOString(), service: 'local', ...more, msg })

/** Prints a line. */
export const say = (line: string): void => {
  if (process.stdout.isTTY) console.error(`local: ${line}`)
  else console.log(jsonLine(line))
}
