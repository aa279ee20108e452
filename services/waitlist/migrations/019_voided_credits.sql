-- `counts`: what the newest revision of the referral says. `applied_at` is set while the owner's
-- entry includes the credit, so a credit is due where the two differ.
alter table credits
  add column revision integer not null default 0,
  add column counts boolean not null default true;

drop index credits_to_apply;
create index credits_to_apply on credits (person) where counts <> (applied_at is not null);
