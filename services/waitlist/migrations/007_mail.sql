-- Who proved that the address is theirs, and who wants no more mail.
alter table entries
  add column confirmed_at timestamptz,
  add column mail_stopped_at timestamptz;

-- How many mails of a kind that is limited somebody was given since when. The mails themselves are
-- jobs (queries/mail-jobs.ts).
create table mail_counts (
  entry_id uuid,
  kind text,
  mails integer not null,
  since timestamptz not null,
  primary key (entry_id, kind)
);
