// Composes mails from their entries as they are at this moment.
import type { Database } from '@vobee/shared/data/database'
import { inviteLink } from '@vobee/shared/invite-link'
import type { Mail } from '@vobee/shared/mail'
import { findIssuedMail } from '../issued-mails.ts'
import { createLink, createLinks, type NewLink, type Purpose } from '../links.ts'
import type { IssuedJob, MailJob } from '../mails.ts'
import { findRecipients, type Recipient } from '../recipients.ts'
import { writeIssued, writeMail } from '../templates/write.ts'
import { isWanted } from '../wanted.ts'
import type { JobMail } from './job-mails.ts'

export type ComposeDeps = {
  db: Database
  publicUrl: string
  /** Whether unconfirmed recipients get a link that confirms their address. */
  confirms: boolean
}

/** Writes a mail at the moment when it is sent. */
export type Write = () => Mail

/** The link to the member page; null: it is not personal. */
const pagePurpose = (
  { kind }: MailJob,
  { confirmed }: Recipient,
  confirms: boolean,
): Purpose | null => {
  // People forward this mail: it must not sign anybody in.
  if (kind === 'earned') return null
  return !confirms || confirmed || kind === 'link' ? 'sign_in' : 'confirm'
}

const pageLink = (publicUrl: string, link: (NewLink & { token: string }) | undefined) => {
  const url = `${publicUrl}/me`
  if (!link) return { url, confirms: false }
  const confirms = link.purpose === 'confirm'
  return { url: `${url}#${confirms ? 'confirm' : 'token'}=${link.token}`, confirms }
}

const unsubscribeLinks = (publicUrl: string, token: string) => ({
  unsubscribeUrl: `${publicUrl}/me#unsubscribe=${token}`,
  oneClickUrl: `${publicUrl}/api/waitlist/unsubscribe?token=${token}`,
})

const withLinks = (publicUrl: string, codes: readonly string[]) =>
  codes.map((code) => ({ code, url: inviteLink(publicUrl, code) }))

// RFC 8058: the mail program POSTs to the URL.
const oneClickHeaders = (url: string) => ({
  'List-Unsubscribe': `<${url}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
})

const composeIssued = async (deps: ComposeDeps, id: string, issuedId: string) => {
  const { db, publicUrl } = deps
  const issued = await findIssuedMail(db, issuedId)
  if (!issued || issued.stopped) return null
  const { email, codes, count, entry_id, locale } = issued
  const links = entry_id
    ? unsubscribeLinks(publicUrl, await createLink(db, entry_id, 'unsubscribe'))
    : null
  const content = writeIssued(locale, {
    pageUrl: `${publicUrl}/me`,
    unsubscribeUrl: links?.unsubscribeUrl ?? null,
    codes: withLinks(publicUrl, codes),
    count,
  })
  const headers = links ? oneClickHeaders(links.oneClickUrl) : {}
  return (): Mail => ({ id, to: email, ...content, headers })
}

type Draft = { id: string; job: MailJob; recipient: Recipient }
type Links = Record<'unsubscribe', string> & { page?: NewLink & { token: string } }

const linksOf = async ({ db, confirms }: ComposeDeps, drafts: readonly Draft[]) => {
  const wanted = drafts.flatMap(({ id, job, recipient }): (NewLink & { id: string })[] => {
    const purpose = pagePurpose(job, recipient, confirms)
    const entryId = recipient.id
    const purposes: Purpose[] = purpose ? ['unsubscribe', purpose] : ['unsubscribe']
    return purposes.map((one) => ({ id, entryId, purpose: one }))
  })
  const tokens = await createLinks(db, wanted)
  const links = new Map(drafts.map(({ id }) => [id, {} as Links]))
  for (const [n, { id, ...link }] of wanted.entries()) {
    const token = tokens[n] as string
    const own = links.get(id) as Links
    if (link.purpose === 'unsubscribe') own.unsubscribe = token
    else own.page = { ...link, token }
  }
  return links
}

const write = ({ publicUrl, confirms }: ComposeDeps, draft: Draft, links: Links): Mail => {
  const { id, job, recipient } = draft
  const { oneClickUrl, unsubscribeUrl } = unsubscribeLinks(publicUrl, links.unsubscribe)
  const content = writeMail(job.kind, recipient.locale, {
    page: pageLink(publicUrl, links.page),
    unsubscribeUrl,
    shareUrl: `${publicUrl}/r/${recipient.referral_code}`,
    codes: withLinks(publicUrl, job.codes ?? []),
    position: recipient.position,
    totalWaiting: recipient.total_waiting,
    isInvited: recipient.status === 'invited' || recipient.status === 'redeemed',
    friendsConfirm: confirms,
    isRemoved: recipient.status === 'removed',
  })
  return { id, to: recipient.email, ...content, headers: oneClickHeaders(oneClickUrl) }
}

const composeForEntries = async (
  deps: ComposeDeps,
  mails: readonly { id: string; job: MailJob }[],
): Promise<Map<string, Write>> => {
  if (mails.length === 0) return new Map()
  const recipients = await findRecipients(
    deps.db,
    mails.map(({ job }) => job.entry_id),
  )
  const drafts = mails.flatMap(({ id, job }): Draft[] => {
    const recipient = recipients.get(job.entry_id)
    return recipient && isWanted(job, recipient) ? [{ id, job, recipient }] : []
  })
  const links = await linksOf(deps, drafts)
  return new Map(
    drafts.map((draft) => [draft.id, () => write(deps, draft, links.get(draft.id) as Links)]),
  )
}

const isIssued = (data: MailJob | IssuedJob): data is IssuedJob => data.kind === 'issued'

/** Returns the mails by id, to be written; none for recipients who should not get one any more. */
export const composeMails = async (
  deps: ComposeDeps,
  mails: readonly JobMail[],
): Promise<Map<string, Write>> => {
  const forEntries = mails.flatMap(({ id, data }) => (isIssued(data) ? [] : [{ id, job: data }]))
  const composed = await composeForEntries(deps, forEntries)
  for (const { id, data } of mails) {
    const issued = isIssued(data) ? await composeIssued(deps, id, data.issued_id) : null
    if (issued) composed.set(id, issued)
  }
  return composed
}
