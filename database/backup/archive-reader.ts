// Reads an archive: first as a whole to verify it, then its tables.
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { type Manifest, manifestFile, type TableEntry } from './manifest.ts'

/** The backup cannot be restored. The message says why. */
export class BackupError extends Error {}

type Entry = { name: string; content: AsyncIterable<Buffer> }

const unreadable = (path: string, error: unknown) => {
  const { code, message } = error as NodeJS.ErrnoException
  const isOfFile = code !== undefined && /^E[A-Z]+$/.test(code)
  return new BackupError(isOfFile ? message : `${path} is damaged or no backup: ${message}.`)
}

async function* contentOf(path: string, entry: AsyncIterable<unknown>): AsyncIterable<Buffer> {
  try {
    yield* entry as AsyncIterable<Buffer>
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** Returns the files of an archive, in their order. @throws BackupError */
async function* readEntries(path: string): AsyncIterable<Entry> {
  const tar = extract()
  // tar-stream leaves an archive that ends inside a file open; gunzip notices that one.
  const reading = pipeline(createReadStream(path), createGunzip(), tar as unknown as Writable)
  reading.catch((error) => tar.destroy(error))
  try {
    for await (const entry of tar)
      yield { name: entry.header.name, content: contentOf(path, entry) }
    await reading
  } catch (error) {
    throw error instanceof BackupError ? error : unreadable(path, error)
  }
}

type Found = { hash: Hash; files: number; bytes: number }

const readManifest = async (path: string, content: AsyncIterable<Buffer>): Promise<Manifest> => {
  const parts: Buffer[] = []
  for await (const part of content) parts.push(part)
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch (error) {
    throw unreadable(path, error)
  }
}

const isIntact = ({ files, bytes, sha256 }: TableEntry, found: Found | undefined) =>
  found
    ? found.files === files && found.bytes === bytes && found.hash.digest('hex') === sha256
    : files === 0

/** Reads the whole archive and returns its manifest. @throws BackupError if anything is damaged. */
export const verifyArchive = async (path: string): Promise<Manifest> => {
  const found = new Map<string, Found>()
  let manifest: Manifest | null = null
  for await (const { name, content } of readEntries(path)) {
    const [table = '', file] = name.split('/')
    if (name === manifestFile) manifest = await readManifest(path, content)
    const one = found.get(table) ?? { hash: createHash('sha256'), files: 0, bytes: 0 }
    for await (const part of content) {
      one.hash.update(part)
      one.bytes += part.length
    }
    one.files += 1
    if (file) found.set(table, one)
  }
  if (!manifest) throw new BackupError(`${path} is not a whole backup: it has no ${manifestFile}.`)
  if (manifest.format !== 1)
    throw new BackupError(
      `${path} has the format ${manifest.format}. Use version ${manifest.version}.`,
    )
  const damaged = manifest.tables.find((table) => !isIntact(table, found.get(table.name)))
  if (damaged)
    throw new BackupError(`${path} is damaged: the rows of ${damaged.name} have changed.`)
  return manifest
}

const tableOf = ({ name }: Entry) => name.split('/')[1] && name.split('/')[0]

type Rows = { table: string; rows: AsyncIterable<Buffer> }

/** Returns the tables of a verified archive in their order. Read all rows of one before the next. */
export async function* readTables(path: string): AsyncIterable<Rows> {
  const entries = readEntries(path)[Symbol.asyncIterator]()
  let next = await entries.next()
  const rowsOf = async function* (table: string | undefined) {
    while (!next.done && tableOf(next.value) === table) {
      yield* next.value.content
      next = await entries.next()
    }
  }
  try {
    while (!next.done) {
      const table = tableOf(next.value)
      const rows = rowsOf(table)
      if (table) yield { table, rows }
      else for await (const _ of rows);
    }
  } finally {
    await entries.return?.()
  }
}
