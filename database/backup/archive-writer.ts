// Writes an archive: a tar file, compressed with gzip, while the rows arrive.
import { createHash } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'

// tar needs the size of a file before its content, so a table is cut into files of this size.
const FILE_BYTES = 8 * 1024 * 1024
// Level 1 takes a third of the time of the default, and the file is a fifth larger.
const LEVEL = 1

export type Written = { files: number; bytes: number; sha256: string }

export type ArchiveWriter = {
  file: (name: string, content: string) => Promise<void>
  /** Writes the rows of a table, whose lines may be cut anywhere. */
  table: (name: string, rows: AsyncIterable<Buffer>) => Promise<Written>
  /** Resolves when everything is written to the target. */
  end: () => Promise<void>
}

/** Cuts a stream of lines into buffers of about `FILE_BYTES` that end where a line ends. */
async function* cut(rows: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let parts: Buffer[] = []
  let size = 0
  for await (const part of rows) {
    parts.push(part)
    size += part.length
    if (size < FILE_BYTES) continue
    const whole = Buffer.concat(parts)
    const end = whole.lastIndexOf(10) + 1
    if (end > 0) yield whole.subarray(0, end)
    parts = [whole.subarray(end)]
    size = whole.length - end
  }
  if (size > 0) yield Buffer.concat(parts)
}

export const fileName = (table: string, number: number) =>
  `${table}/${String(number).padStart(6, '0')}.copy`

/** Opens an archive on `target`, which is ended with it. */
export const writeArchive = (target: Writable): ArchiveWriter => {
  const tar = pack()
  const written = pipeline(tar as unknown as Readable, createGzip({ level: LEVEL }), target)
  // `end` reports it, and every write that waits.
  written.catch(() => {})
  const write = (name: string, content: Buffer) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const options = { name, size: content.length, mode: 0o600 }
    tar.entry(options, (error) => (error ? reject(error) : resolve())).end(content)
    return Promise.race([promise, written])
  }
  const table = async (name: string, rows: AsyncIterable<Buffer>) => {
    const hash = createHash('sha256')
    let [files, bytes] = [0, 0]
    for await (const content of cut(rows)) {
      hash.update(content)
      files += 1
      bytes += content.length
      await write(fileName(name, files), content)
    }
    return { files, bytes, sha256: hash.digest('hex') }
  }
  const end = () => {
    tar.finalize()
    return written
  }
  return { file: (name, content) => write(name, Buffer.from(content)), table, end }
}
