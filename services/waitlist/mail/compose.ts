// The mail of a job, written as its entry is at this moment.
import type { Database } from '@vobee/shared/data/database'
import { inviteLink } from '@vobee/shared/invite-link'
import type { Mail } from '@vobee/shared/mail'
import { makeLink } from './links.ts'
import type { MailJob } from './queue.ts'
import { findRecipient, type Recipient } from './recipients.ts'
import { writeMail } from './templates/write.ts'
import { isWanted } from './wanted.ts'

export type MailDeps = {
  db: Database
  publicUrl: string
  /** Whether unconfirmed addresses are to be confirmed. */
  confirms: boolean
}

const pageOf = async ({ db, publicUrl, confirms }: MailDeps, job: MailJob, to: Recipient) => {
  const url = `${publicUrl}/me`
  // It is made to be forwarded, and must not let somebody else in.
  if (job.kind === 'earned') return { url, confirms: false }
  if (!confirms || to.confirmed || job.kind === 'link')
    return { url: `${url}#token=${await makeLink(db, job.entry_id, 'sign_in')}`, confirms: false }
  return { url: `${url}#confirm=${await makeLink(db, job.entry_id, 'confirm')}`, confirms: true }
}

const placesOf = async (deps: MailDeps, job: MailJob, to: Recipient) => {
  const { db, publicUrl } = deps
  const stop = await makeLink(db, job.entry_id, 'unsubscribe')
  return {
    page: await pageOf(deps, job, to),
    stopUrl: `${publicUrl}/me#unsubscribe=${stop}`,
    oneClickUrl: `${publicUrl}/api/waitlist/unsubscribe?token=${stop}`,
    shareUrl: `${publicUrl}/r/${to.referral_code}`,
    codes: (job.codes ?? []).map((code) => ({ code, url: inviteLink(publicUrl, code) })),
  }
}

// One click in the mail program, which POSTs there: RFC 8058.
const oneClick = (url: string) => ({
  'List-Unsubscribe': `<${url}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
})

/** Null when nobody is to get it any more. */
export const mailOf = async (deps: MailDeps, id: string, job: MailJob): Promise<Mail | null> => {
  const to = await findRecipient(deps.db, job.entry_id)
  if (!to || !isWanted(job, to)) return null
  const { oneClickUrl, ...places } = await placesOf(deps, job, to)
  const written = writeMail(job.kind, to.locale, {
    ...places,
    position: to.position,
    totalWaiting: to.total_waiting,
    isInvited: to.status === 'invited' || to.status === 'redeemed',
    friendsConfirm: deps.confirms,
    isRemoved: to.status === 'removed',
  })
  return { id, to: to.email, ...written, headers: oneClick(oneClickUrl) }
}
