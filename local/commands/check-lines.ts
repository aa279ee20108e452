// How the results of a consistency check are printed.
import type { CheckResult } from '@vobee/shared/ops/consistency-results'

const number = (value: number) => value.toLocaleString('en').padStart(14)

const lineOf = (service: string, { name, ok, expected, found, wrong }: CheckResult) => {
  const verdict = ok ? 'ok' : `OFF: ${wrong} ${wrong === 1 ? 'differs' : 'differ'}`
  const what = `${service.padEnd(14)} ${name.padEnd(20)}`
  return `${what} rows ${number(expected)}  stored ${number(found)}  ${verdict}`
}

/** Returns a line for each result of a service. */
export const linesOf = (service: string, results: readonly CheckResult[]): string[] =>
  results.length > 0
    ? results.map((result) => lineOf(service, result))
    : [`${service.padEnd(14)} stores no counters`]
