// Stores the newest mails as files.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime, { addressParser, decodeWords, type Email } from 'postal-mime'
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

/** The headers of a mail that its summary needs. */
type Head = { messageId: string | undefined; to: string; subject: string }

// Arriving mails are not parsed: PostalMime reads the parts too, which took 0.4 ms of a mail.
const headOf = (raw: Buffer): Head => {
  const end = raw.indexOf('\r\n\r\n')
  const text = raw.toString('utf8', 0, end < 0 ? raw.length : end).replace(/\r?\n(?=[ \t])/g, '')
  const header = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r?$`, 'im').exec(text)?.[1]
  return {
    messageId: header('message-id'),
    to: addressParser(header('to') ?? '', { flatten: true })
      .map(({ address }) => address)
      .join(', '),
    subject: decodeWords(header('subject') ?? ''),
  }
}

const idOf = ({ messageId }: Head, mail: Buffer) =>
  createHash('sha256')
    .update(messageId ?? mail)
    .digest('hex')
    .slice(0, 16)

/** Returns the name, if there is one, and the address. */
const senderOf = (from: Email['from']) =>
  from?.name ? `${from.name} <${from.address}>` : (from?.address ?? '')

const nameShape = /^(\d{13})-([0-9a-f]{16})\.eml$/

const summaryOf = (file: string, { to, subject }: Head): StoredMail => {
  const [, at, id = ''] = nameShape.exec(file) ?? []
  return { id, at: new Date(Number(at)).toISOString(), to, subject, file }
}

const readEmail = async (folder: string, file: string) =>
  PostalMime.parse(await readFile(join(folder, file)))

const readFolder = async (folder: string): Promise<Mails> => {
  const known = await readSummaries(folder)
  const mails: Mails = new Map()
  for (const file of (await readdir(folder)).filter((name) => nameShape.test(name)).sort()) {
    const mail = known.get(file) ?? summaryOf(file, headOf(await readFile(join(folder, file))))
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
    const head = headOf(raw)
    const id = idOf(head, raw)
    if (mails.has(id)) return
    // No two mails have the same time: the file names are the order after a restart.
    last = Math.max(Date.now(), last + 1)
    const file = `${last}-${id}.eml`
    await writeFile(join(folder, `${file}.part`), raw, { mode: 0o600 })
    await rename(join(folder, `${file}.part`), join(folder, file))
    const mail = summaryOf(file, head)
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
