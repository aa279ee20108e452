// Composes the mail of a job from the entry as it is at this moment.
import type { Database } from '@vobee/shared/data/database'
import { inviteLink } from '@vobee/shared/invite-link'
import type { Mail } from '@vobee/shared/mail'
import { createLink } from './links.ts'
import type { MailJob } from './queue.ts'
import { findRecipient, type Recipient } from './recipients.ts'
import { writeMail } from './templates/write.ts'
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

const linksOf = async (deps: ComposeDeps, job: MailJob, recipient: Recipient) => {
  const { db, publicUrl } = deps
  const token = await createLink(db, job.entry_id, 'unsubscribe')
  return {
    page: await pageLink(deps, job, recipient),
    unsubscribeUrl: `${publicUrl}/me#unsubscribe=${token}`,
    oneClickUrl: `${publicUrl}/api/waitlist/unsubscribe?token=${token}`,
    shareUrl: `${publicUrl}/r/${recipient.referral_code}`,
    codes: (job.codes ?? []).map((code) => ({ code, url: inviteLink(publicUrl, code) })),
  }
}

// RFC 8058: the mail program POSTs to the URL.
const oneClickHeaders = (url: string) => ({
  'List-Unsubscribe': `<${url}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
})

/** Returns the mail, or null if its recipient should not get it any more. */
export const composeMail = async (
  deps: ComposeDeps,
  id: string,
  job: MailJob,
): Promise<Mail | null> => {
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
