// The result of a benchmark: both sides of one run, their ratio and the required ratio.
import { readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

export type Finding = {
  what: string
  ours: number
  baseline: number
  unit: string
  /** The required ratio (ours ÷ baseline): a minimum, or a maximum if less is better. */
  bar: number
  lessIsBetter?: boolean
}

export const file = join(import.meta.dirname, 'results.md')

export const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] as number
}

/** Alternates the two sides, so that a slow machine slows both. Returns their medians. */
export const sideBySide = async (
  rounds: number,
  ours: () => Promise<number>,
  baseline: () => Promise<number>,
) => {
  const figures = { ours: [] as number[], baseline: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    figures.baseline.push(await baseline())
    figures.ours.push(await ours())
  }
  return { ours: median(figures.ours), baseline: median(figures.baseline) }
}

/** Returns a figure with at least three digits. */
export const shown = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)

// A ratio far below one is easier to read inverted.
const ratioText = (ratio: number) =>
  ratio < 0.05 ? `1/${Math.round(1 / ratio)}` : ratio.toFixed(2)

const rowOf = ({ what, ours, baseline, unit, bar, lessIsBetter }: Finding): string => {
  const ratio = ours / baseline
  const met = lessIsBetter ? ratio <= bar : ratio >= bar
  const sign = lessIsBetter ? '≤' : '≥'
  const verdict = met ? 'met' : '**missed**'
  return `| ${what} | ${shown(ours)} | ${shown(baseline)} | ${unit} | ${ratioText(ratio)} × | ${sign} ${ratioText(bar)} × | ${verdict} |`
}

const header = `# What was measured

Both sides of a row were measured in turn in one run, and are medians. \`npm run bench\` makes this
file; \`npm run bench -- join rank\` measures only these and keeps the other rows.

| what | ours | baseline | unit | ratio | bar | |
| --- | --- | --- | --- | --- | --- | --- |
`

/** Returns a sentence that names the machine, Node's version and today. */
export const machine = (): string => {
  const hardware = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`
  const date = new Date().toISOString().slice(0, 10)
  return `Machine: ${hardware}, Node ${process.version}. Last run: ${date}.`
}

/** Prints the findings and replaces their rows in results.md, whose other sections stay. */
export const report = async (findings: Finding[]) => {
  const text = await readFile(file, 'utf8').catch(() => '')
  const [table = '', ...sections] = text.split(/^(?=## )/m)
  const kept = table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (what|---)/.test(line))
  const rows = new Map(kept.map((line) => [line.split(' | ')[0]?.slice(2), line]))
  for (const finding of findings) rows.set(finding.what, rowOf(finding))
  const body = `${header}${[...rows.values()].join('\n')}\n\n${machine()}\n`
  await writeFile(file, sections.length > 0 ? `${body}\n${sections.join('')}` : body)
  for (const finding of findings) console.log(rowOf(finding))
}
