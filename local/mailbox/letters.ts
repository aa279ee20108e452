// The mails that were caught, as files: the newest two thousand.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'

const MOST = 2_000

export type Listed = { id: string; at: string; to: string; subject: string }
export type Letter = Listed & { from: string; text: string; html: string }

export type Letters = {
  /** Keeps a mail, once however often it is sent: its Message-ID tells. */
  keep: (mail: Buffer) => Promise<void>
  /** Newest first. */
  list: (to?: string) => Listed[]
  read: (id: string) => Promise<Letter | null>
}

const idOf = ({ messageId }: Email, mail: Buffer) =>
  createHash('sha256')
    .update(messageId ?? mail)
    .digest('hex')
    .slice(0, 16)

/** As a mail program writes it: a name, if there is one, and the address. */
const named = (from: Email['from']) =>
  from?.name ? `${from.name} <${from.address}>` : (from?.address ?? '')

const nameShape = /^(\d{13})-([0-9a-f]{16})\.eml$/

const listed = (id: string, at: number, email: Email): Listed => ({
  id,
  at: new Date(at).toISOString(),
  to: (email.to ?? []).map(({ address }) => address).join(', '),
  subject: email.subject ?? '',
})

/** Opens the folder, with what is in it. */
export const openLetters = async (folder: string): Promise<Letters> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const kept = new Map<string, Listed & { file: string }>()

  const forgetOldest = async () => {
    for (const [id, { file }] of [...kept].slice(0, Math.max(0, kept.size - MOST))) {
      kept.delete(id)
      await rm(join(folder, file), { force: true })
    }
  }
  const keep = async (mail: Buffer) => {
    const email = await PostalMime.parse(mail)
    const id = idOf(email, mail)
    if (kept.has(id)) return
    const at = Date.now()
    const file = `${at}-${id}.eml`
    await writeFile(join(folder, `${file}.part`), mail, { mode: 0o600 })
    await rename(join(folder, `${file}.part`), join(folder, file))
    kept.set(id, { ...listed(id, at, email), file })
    await forgetOldest()
  }
  for (const file of (await readdir(folder)).sort()) {
    const [, at, id] = nameShape.exec(file) ?? []
    if (!at || !id) continue
    const email = await PostalMime.parse(await readFile(join(folder, file)))
    kept.set(id, { ...listed(id, Number(at), email), file })
  }
  return {
    keep,
    list: (to) =>
      [...kept.values()]
        .filter((one) => to === undefined || one.to.toLowerCase() === to.toLowerCase())
        .map(({ file: _, ...one }) => one)
        .reverse(),
    read: async (id) => {
      const { file, ...one } = kept.get(id) ?? {}
      if (!file) return null
      const email = await PostalMime.parse(await readFile(join(folder, file)))
      return {
        ...(one as Listed),
        from: named(email.from),
        text: email.text ?? '',
        html: email.html ?? '',
      }
    },
  }
}
