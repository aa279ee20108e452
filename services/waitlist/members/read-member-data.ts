// Reads everything that the waitlist stores of one person.
import { runLong, type Transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { findMails } from '../mail/entry-mails.ts'
import type { MemberData } from './member-data.ts'

const entryOf = (person: string) => sql`
  select id, arrival, email, name, use_case, persona, locale, utm, metadata, disposable, status,
         score, answers_score, credits, adjusted, scored_with, referral_code, referred_by,
         joined_at, confirmed_at, mail_stopped_at, invited_at, invite_mailed_at, wave_id,
         redeemed_at, removed_at, removed_from
  from waitlist.entries where person = ${person}`

const redeemedBy = (person: string) => sql`
  select redeemed_at from waitlist.redeemed_people where person = ${person}`

const creditsOf = (person: string) => sql`
  select referral_id, received_at as heard_at, applied_at, counts
  from waitlist.credits where person = ${person} order by received_at`

const formerCodesOf = (person: string) => sql`
  select code, ended_at from waitlist.former_codes where person = ${person} order by ended_at`

const linksOf = (id: string) => sql`
  select purpose, created_at as made_at, expires_at, used_at
  from waitlist.links where entry_id = ${id} order by created_at`

const mailCountsOf = (id: string) => sql`
  select kind, mails, since from waitlist.mail_counts where entry_id = ${id} order by kind`

const issuedTo = (person: string) => sql`
  select email, codes, created_at from waitlist.issued_mails where person = ${person}
  order by created_at`

const actionsOn = (id: string) => sql`
  select at, act, reason, details from waitlist.audit where subject = ${id} order by id`

/** Returns the entry, its credits, links and mails, codes to be mailed, and the actions of admins on it. */
export const readMemberData = async (db: Transaction, person: string): Promise<MemberData> => {
  const read = <
    Name extends 'credits' | 'former_codes' | 'links' | 'mail_counts' | 'issued' | 'acts',
  >(
    statement: Sql,
  ) => runLong<MemberData[Name][number]>(db, statement)
  const [entry] = await runLong<NonNullable<MemberData['entry']>>(db, entryOf(person))
  const [redeemed] = await runLong<{ redeemed_at: string }>(db, redeemedBy(person))
  const redeemed_at = redeemed?.redeemed_at ?? null
  const credits = await read<'credits'>(creditsOf(person))
  const issued = await read<'issued'>(issuedTo(person))
  if (!entry)
    return {
      entry: null,
      redeemed_at,
      credits,
      former_codes: [],
      links: [],
      mails: [],
      mail_counts: [],
      issued,
      acts: [],
    }
  return {
    entry,
    redeemed_at,
    credits,
    former_codes: await read<'former_codes'>(formerCodesOf(person)),
    links: await read<'links'>(linksOf(entry.id)),
    mails: await findMails(db, entry.id),
    mail_counts: await read<'mail_counts'>(mailCountsOf(entry.id)),
    issued,
    acts: await read<'acts'>(actionsOn(entry.id)),
  }
}
