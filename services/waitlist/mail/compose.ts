// Composes the mail of a job from the entry as it is at this moment.
import type { Database } from '@vobee/shared/data/database'
import { inviteLink } from '@vobee/shared/invite-link'
import type { Mail } from '@vobee/shared/mail'
import { findIssuedMail } from './issued-mails.ts'
import { createLink } from './links.ts'
import type { IssuedJob, MailJob } from './queue.ts'
import { findRecipient, type Recipient } from './recipients.ts'
import { writeIssued, writeMail } from './templates/write.ts'
import { isWanted } from './wanted.ts'

export type ComposeDeps = {
  db: Database
  publicUrl: string
  /** Whether unconfirmed recipients get a link that confirms their address. */
  confirms: boolean
}

const pageLink = async (deps: ComposeDeps, job: MailJob, recipient: Recipient) => {
  const { db, publicUrl, confirms } = deps
  const url = `${publicUrl}/me`
  // People forward this mail: it must not sign anybody in.
  if (job.kind === 'earned') return { url, confirms: false }
  if (!confirms || recipient.confirmed || job.kind === 'link') {
    const token = await createLink(db, job.entry_id, 'sign_in')
    return { url: `${url}#token=${token}`, confirms: false }
  }
  const token = await createLink(db, job.entry_id, 'confirm')
  return { url: `${url}#confirm=${token}`, confirms: true }
}

const unsubscribeLinks = (publicUrl: string, token: string) => ({
  unsubscribeUrl: `${publicUrl}/me#unsubscribe=${token}`,
  oneClickUrl: `${publicUrl}/api/waitlist/unsubscribe?token=${token}`,
})

const withLinks = (publicUrl: string, codes: readonly string[]) =>
  codes.map((code) => ({ code, url: inviteLink(publicUrl, code) }))

const linksOf = async (deps: ComposeDeps, job: MailJob, recipient: Recipient) => {
  const { db, publicUrl } = deps
  const token = await createLink(db, job.entry_id, 'unsubscribe')
  return {
    page: await pageLink(deps, job, recipient),
    ...unsubscribeLinks(publicUrl, token),
    shareUrl: `${publicUrl}/r/${recipient.referral_code}`,
    codes: withLinks(publicUrl, job.codes ?? []),
  }
}

// RFC 8058: the mail program POSTs to the URL.
const oneClickHeaders = (url: string) => ({
  'List-Unsubscribe': `<${url}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
})

const composeIssued = async (deps: ComposeDeps, { issued_id: id }: IssuedJob) => {
  const { db, publicUrl } = deps
  const issued = await findIssuedMail(db, id)
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
  return { id, to: email, ...content, headers: links ? oneClickHeaders(links.oneClickUrl) : {} }
}

/** Returns the mail, or null if its recipient should not get it any more. */
export const composeMail = async (
  deps: ComposeDeps,
  id: string,
  job: MailJob | IssuedJob,
): Promise<Mail | null> => {
  if (job.kind === 'issued') return composeIssued(deps, job)
  const recipient = await findRecipient(deps.db, job.entry_id)
  if (!recipient || !isWanted(job, recipient)) return null
  const { oneClickUrl, ...links } = await linksOf(deps, job, recipient)
  const content = writeMail(job.kind, recipient.locale, {
    ...links,
    position: recipient.position,
    totalWaiting: recipient.total_waiting,
    isInvited: recipient.status === 'invited' || recipient.status === 'redeemed',
    friendsConfirm: deps.confirms,
    isRemoved: recipient.status === 'removed',
  })
  return { id, to: recipient.email, ...content, headers: oneClickHeaders(oneClickUrl) }
}
