// The section of results.md about the whole system: bars, and CPU time by process.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { file, machine, shown } from '../report.ts'
import type { Sample } from './sample.ts'

export type Bar = {
  what: string
  unit: string
  /** One value a side. */
  values: readonly number[]
  atMost?: number
  atLeast?: number
}

export type SampleRow = { what: string; samples: readonly Sample[] }

/** What a benchmark of the whole system measured: this checkout first, then the other one. */
export type Findings = { bars?: readonly Bar[]; samples?: readonly SampleRow[] }

const cells = (values: readonly (string | number)[]) => `| ${values.join(' | ')} |`

const barRow = ({ what, unit, values, atMost, atLeast }: Bar): string => {
  const [ours = Number.NaN, before] = values
  const bar = atMost === undefined ? (atLeast ?? null) : atMost
  const isMet = atMost === undefined ? ours >= (atLeast ?? 0) : ours <= atMost
  const verdict = bar === null ? '' : isMet ? 'met' : '**missed**'
  const required = bar === null ? '' : `${atMost === undefined ? '≥' : '≤'} ${bar}`
  return cells([
    ...[what, shown(ours), before === undefined ? '' : shown(before)],
    ...[unit, required, verdict],
  ])
}

const processColumns = ['waitlist', 'gateway', 'consumers', 'Postgres', 'npm start'] as const

const sampleRow = (what: string, side: string, sample: Sample): string =>
  cells([
    ...[what, side, ...[sample.perSecond, sample.p50, sample.p99].map(shown)],
    ...[...processColumns.map((name) => sample[name]), sample.all, sample.sink].map(shown),
    ...[sample.generator.toFixed(2), sample.others.toFixed(2), sample.mails, sample.events],
  ])

const rowsOf = ({ bars = [], samples = [] }: Findings, labels: readonly string[]) => ({
  bars: bars.map(barRow),
  samples: samples.flatMap((row) =>
    row.samples.map((sample, i) => sampleRow(row.what, labels[i] ?? '', sample)),
  ),
})

const barsHeader = `| what | this version | before | unit | bar | |
| --- | --- | --- | --- | --- | --- |`

const samplesHeader = `| CPU µs per request | side | requests/s | p50 ms | p99 ms | ${processColumns.join(' | ')} | all | mail server | cores of the load generator | of other programs | mails | events left |
|${' --- |'.repeat(11 + processColumns.length)}`

const TITLE = '## The whole system'

const intro = `${TITLE}

Everything that \`npm start\` runs, with mail to a local SMTP server that counts it, logs and consumers on.
\`npm run bench -- system\` makes this section; \`--against PATH\` also measures the checkout at PATH in
alternate rounds, and \`system.join\` measures only this row. Each process was warmed by three runs. CPU
is of all processes and Postgres, without the mail server and the load generator, which run on the same
cores. Other programs slow every figure. Every run starts with an empty mail queue; mails that were sent in
the time of a run are part of its CPU.
`

// The key of a row: what it says, and in the second table also the side.
const merge = (kept: readonly string[], rows: readonly string[], keys: number) => {
  const keyOf = (row: string) => row.split(' | ').slice(0, keys).join(' | ')
  const replaced = new Set(rows.map((row) => row.split(' | ')[0]))
  const all = [...kept.filter((row) => !replaced.has(row.split(' | ')[0] ?? '')), ...rows]
  return [...new Map(all.map((row) => [keyOf(row), row])).values()].join('\n')
}

const keptRows = (section: string) => {
  const tables = section.split(/^(?=\| (?:what|CPU µs)[^\n]*\n)/m).slice(1)
  return tables.map((table) =>
    table
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2),
  )
}

/** Prints the findings and replaces their rows in results.md. */
export const reportSystem = async (findings: Findings, versions: readonly string[]) => {
  const rows = rowsOf(findings, ['this version', 'before'])
  for (const row of [...rows.bars, ...rows.samples]) console.log(row)
  const sections = (await readFile(file, 'utf8')).split(/^(?=## )/m)
  const index = sections.findIndex((section) => section.startsWith(TITLE))
  const [bars = [], samples = []] = keptRows(sections[index] ?? '')
  const body = [
    ...[intro, barsHeader, merge(bars, rows.bars, 1), ''],
    ...[samplesHeader, merge(samples, rows.samples, 2), ''],
    ...[
      `${machine()} This version: ${versions[0]}. Before: ${versions[1] ?? 'not measured'}.\n`,
      '',
    ],
  ].join('\n')
  const position = index < 0 ? 1 : index
  await writeFile(file, sections.toSpliced(position, index < 0 ? 0 : 1, body).join(''))
}

/** Returns the version of a checkout, with its commit if it is a repository. */
export const versionOf = async (checkout: string): Promise<string> => {
  const { version } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8'))
  const git = promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'], { cwd: checkout })
  return git.then(
    ({ stdout }) => `${version} (${stdout.trim()})`,
    () => version,
  )
}
