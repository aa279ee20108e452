// Stores the newest 2,000 mails as files.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'

const MAX_MAILS = 2_000

export type MailSummary = { id: string; at: string; to: string; subject: string }
export type Mail = MailSummary & { from: string; text: string; html: string }

export type MailStore = {
  /** Stores a mail. A mail that is sent again has the same Message-ID and is stored once. */
  store: (mail: Buffer) => Promise<void>
  /** Newest first. */
  list: (to?: string) => MailSummary[]
  read: (id: string) => Promise<Mail | null>
}

const idOf = ({ messageId }: Email, mail: Buffer) =>
  createHash('sha256')
    .update(messageId ?? mail)
    .digest('hex')
    .slice(0, 16)

/** Returns the name, if there is one, and the address. */
const senderOf = (from: Email['from']) =>
  from?.name ? `${from.name} <${from.address}>` : (from?.address ?? '')

const nameShape = /^(\d{13})-([0-9a-f]{16})\.eml$/

const listed = (id: string, at: number, email: Email): MailSummary => ({
  id,
  at: new Date(at).toISOString(),
  to: (email.to ?? []).map(({ address }) => address).join(', '),
  subject: email.subject ?? '',
})

/** Opens the folder and reads the mails in it. */
export const openStore = async (folder: string): Promise<MailStore> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const mails = new Map<string, MailSummary & { file: string }>()

  const deleteOldest = async () => {
    for (const [id, { file }] of [...mails].slice(0, Math.max(0, mails.size - MAX_MAILS))) {
      mails.delete(id)
      await rm(join(folder, file), { force: true })
    }
  }
  const store = async (mail: Buffer) => {
    const email = await PostalMime.parse(mail)
    const id = idOf(email, mail)
    if (mails.has(id)) return
    const at = Date.now()
    const file = `${at}-${id}.eml`
    await writeFile(join(folder, `${file}.part`), mail, { mode: 0o600 })
    await rename(join(folder, `${file}.part`), join(folder, file))
    mails.set(id, { ...listed(id, at, email), file })
    await deleteOldest()
  }
  for (const file of (await readdir(folder)).sort()) {
    const [, at, id] = nameShape.exec(file) ?? []
    if (!at || !id) continue
    const email = await PostalMime.parse(await readFile(join(folder, file)))
    mails.set(id, { ...listed(id, Number(at), email), file })
  }
  return {
    store,
    list: (to) =>
      [...mails.values()]
        .filter((one) => to === undefined || one.to.toLowerCase() === to.toLowerCase())
        .map(({ file: _, ...one }) => one)
        .reverse(),
    read: async (id) => {
      const { file, ...one } = mails.get(id) ?? {}
      if (!file) return null
      const email = await PostalMime.parse(await readFile(join(folder, file)))
      return {
        ...(one as MailSummary),
        from: senderOf(email.from),
        text: email.text ?? '',
        html: email.html ?? '',
      }
    },
  }
}
