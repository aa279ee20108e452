// What a mail is: queued, and in its job.

export type MailKind = 'joined' | 'joined_again' | 'invited' | 'earned' | 'moved_up' | 'link'

/** A mail to an entry. */
export type MailJob = {
  kind: MailKind
  entry_id: string
  /** For mails that bring codes. */
  codes?: string[]
  /** The recipient requested it: sent although they unsubscribed. */
  asked?: boolean
  /** Why it left its group, such as `RCPT TO 450`. */
  reason?: string
}

/** A mail to an address that an admin gave: its row in `issued_mails` is deleted when it is sent. */
export type IssuedJob = { kind: 'issued'; issued_id: string }

export type NewMail = {
  kind: MailKind
  entryId: string
  /**
   * The subject of the mail, such as a code. With a key, a single mail, or a group of the same mails,
   * is queued once (until two days after it was sent). Without one, a mail is not queued while another
   * of its kind waits.
   */
  key?: string
  data?: Pick<MailJob, 'codes' | 'asked' | 'reason'>
}
