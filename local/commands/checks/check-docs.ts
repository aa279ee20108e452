// Ends with 1 and a line for each path or link in the documents that leads nowhere.
import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import process from 'node:process'

const SKIPPED = /(^|\/)(node_modules|\.git|\.data)(\/|$)/
const SOURCE = /\w\.(ts|mjs|js|sql|lua|css|html|json|yml|md)$/

/** Paths of all files below `root`, with `/`. */
const filesOf = (root: string): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.test(name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesOf(join(root, entry.name)).map((path) => `${entry.name}/${path}`)
        : [entry.name],
    )

const withoutCode = (markdown: string) => markdown.replace(/^```[\s\S]*?^```/gm, '')

/** The anchors of a document's headings, as GitHub derives them. */
const anchorsOf = (markdown: string) =>
  Array.from(withoutCode(markdown).matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

// `x.db.test.ts` stands for any name; a path that begins with / is one of the API or the machine.
const isPath = (code: string, folders: Set<string>) =>
  /^[\w.-]+(\/[\w.-]+)*\/?$/.test(code) &&
  !code.startsWith('x.') &&
  (SOURCE.test(code) || (code.includes('/') && folders.has(code.replace(/\/.*/, ''))))

/** Returns `document: reference` for every path in backticks and every link that leads nowhere. */
export const brokenReferences = (root: string): string[] => {
  const files = filesOf(root)
  const folders = new Set(files.map((path) => path.replace(/\/.*/, '')))
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const isFound = (path: string) =>
    files.some((file) => `/${file}`.endsWith(`/${path}`) || `${file}/`.startsWith(`${path}/`))

  const isReached = (link: string, from: string) => {
    const [target = '', anchor] = link.split('#')
    const path = target ? normalize(join(from, '..', target)) : from
    if (!isFound(path)) return false
    return !anchor || !path.endsWith('.md') || anchorsOf(read(path)).includes(anchor)
  }
  return files
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => {
      const text = withoutCode(read(path))
      const codes = Array.from(text.matchAll(/`([^`\n]+)`/g), ([, code = '']) => code)
      const links = Array.from(text.matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g), ([, to = '']) => to)
      return [
        ...codes.filter((code) => isPath(code, folders) && !isFound(code.replace(/\/$/, ''))),
        ...links.filter((link) => !isReached(link, path)),
      ].map((reference) => `${path}: ${reference}`)
    })
}

if (import.meta.main) {
  const found = brokenReferences(join(import.meta.dirname, '../../..'))
  for (const line of found) console.error(`${line} does not exist`)
  process.exit(found.length === 0 ? 0 : 1)
}
