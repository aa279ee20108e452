// Everything that is kept of one person.
import { runLong, type Transaction } from '@vobee/shared/data/database'
import { findMails } from '../mail/entry-mails.ts'
import type { OwnData } from './my-data.ts'

const ENTRY = `
  select id, arrival, email, name, use_case, persona, locale, utm, metadata, disposable, status,
         score, answers_score, credits, adjusted, scored_with, referral_code, referred_by,
         joined_at, confirmed_at, mail_stopped_at, invited_at, wave_id, redeemed_at
  from waitlist.entries where person = $1`

const CREDITS = `
  select referral_id, heard_at, applied_at
  from waitlist.credits where person = $1 order by heard_at`

const LINKS = `
  select purpose, made_at, expires_at, used_at
  from waitlist.links where entry_id = $1 order by made_at`

const MAIL_COUNTS = `
  select kind, mails, since from waitlist.mail_counts where entry_id = $1 order by kind`

const ACTS = `
  select at, act, reason, details from waitlist.audit where subject = $1 order by id`

/** Their entry, what was credited, mailed and linked to it, and what admins did to it. */
export const readOwn = async (db: Transaction, person: string): Promise<OwnData> => {
  const [entry] = await runLong<NonNullable<OwnData['entry']>>(db, ENTRY, [person])
  const of = entry ? [entry.id] : [null]
  return {
    entry: entry ?? null,
    credits: await runLong<OwnData['credits'][number]>(db, CREDITS, [person]),
    links: await runLong<OwnData['links'][number]>(db, LINKS, of),
    mails: entry ? await findMails(db, entry.id) : [],
    mail_counts: await runLong<OwnData['mail_counts'][number]>(db, MAIL_COUNTS, of),
    acts: await runLong<OwnData['acts'][number]>(db, ACTS, of),
  }
}
