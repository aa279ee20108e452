// Stores the newest mails as files.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'
import {
  appendSummary,
  type MailSummary,
  readSummaries,
  type StoredMail,
  writeSummaries,
} from './summaries.ts'

const MAX_MAILS = 10_000

export type Mail = MailSummary & { from: string; text: string; html: string }

export type MailStore = {
  /** Stores a mail. A mail that is sent again has the same Message-ID and is stored once. */
  store: (mail: Buffer) => Promise<void>
  /** Newest first. */
  list: (to?: string) => MailSummary[]
  read: (id: string) => Promise<Mail | null>
}

type Mails = Map<string, StoredMail>

const idOf = ({ messageId }: Email, mail: Buffer) =>
  createHash('sha256')
    .update(messageId ?? mail)
    .digest('hex')
    .slice(0, 16)

/** Returns the name, if there is one, and the address. */
const senderOf = (from: Email['from']) =>
  from?.name ? `${from.name} <${from.address}>` : (from?.address ?? '')

const nameShape = /^(\d{13})-([0-9a-f]{16})\.eml$/

const summaryOf = (file: string, email: Email): StoredMail => {
  const [, at, id = ''] = nameShape.exec(file) ?? []
  return {
    id,
    at: new Date(Number(at)).toISOString(),
    to: (email.to ?? []).map(({ address }) => address).join(', '),
    subject: email.subject ?? '',
    file,
  }
}

const readEmail = async (folder: string, file: string) =>
  PostalMime.parse(await readFile(join(folder, file)))

const readFolder = async (folder: string): Promise<Mails> => {
  const known = await readSummaries(folder)
  const mails: Mails = new Map()
  for (const file of (await readdir(folder)).filter((name) => nameShape.test(name)).sort()) {
    const mail = known.get(file) ?? summaryOf(file, await readEmail(folder, file))
    mails.set(mail.id, mail)
  }
  await writeSummaries(folder, mails.values())
  return mails
}

const createWriter = (folder: string, mails: Mails, maxMails: number) => {
  let written = 0
  let last = Date.parse([...mails.values()].at(-1)?.at ?? '') || 0
  const deleteOldest = async () => {
    for (const { id, file } of mails.values()) {
      if (mails.size <= maxMails) return
      mails.delete(id)
      await rm(join(folder, file), { force: true })
    }
  }
  return async (raw: Buffer) => {
    const email = await PostalMime.parse(raw)
    const id = idOf(email, raw)
    if (mails.has(id)) return
    // No two mails have the same time: the file names are the order after a restart.
    last = Math.max(Date.now(), last + 1)
    const file = `${last}-${id}.eml`
    await writeFile(join(folder, `${file}.part`), raw, { mode: 0o600 })
    await rename(join(folder, `${file}.part`), join(folder, file))
    const mail = summaryOf(file, email)
    mails.set(id, mail)
    await deleteOldest()
    written = (written + 1) % maxMails
    if (written === 0) await writeSummaries(folder, mails.values())
    else await appendSummary(folder, mail)
  }
}

const withoutFile = ({ file: _, ...mail }: StoredMail): MailSummary => mail

/** Opens the folder. It keeps the newest `maxMails`. */
export const openStore = async (folder: string, maxMails = MAX_MAILS): Promise<MailStore> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const mails = await readFolder(folder)
  return {
    store: createWriter(folder, mails, maxMails),
    list: (to) => {
      const address = to?.toLowerCase()
      const all = [...mails.values()].reverse()
      return all.filter((mail) => !address || mail.to.toLowerCase() === address).map(withoutFile)
    },
    read: async (id) => {
      const mail = mails.get(id)
      if (!mail) return null
      const email = await readEmail(folder, mail.file)
      return {
        ...withoutFile(mail),
        from: senderOf(email.from),
        text: email.text ?? '',
        html: email.html ?? '',
      }
    },
  }
}
