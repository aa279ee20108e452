-- `revision` grows with each change of `state` and `standing`: consumers apply only the newest.
-- `standing` is what was last published of the referral: clean, suspect (held, or void as a fraud),
-- or decided (void by a reviewer). `review_id` is the review that decided. `paid_at` is when the
-- referred person first paid. `is_self`: one user of the host application was both people.
alter table referrals
  add column revision integer not null default 0,
  add column standing text check (standing in ('clean', 'suspect', 'decided')),
  add column paid_at timestamptz,
  add column fraud_score smallint not null default 0 check (fraud_score between 0 and 100),
  add column fraud_reasons jsonb not null default '[]',
  add column decision text check (decision in ('approved', 'voided')),
  add column decided_at timestamptz,
  add column review_id uuid,
  add column is_self boolean not null default false;

create index referrals_held on referrals (created_at, id) where state = 'held';
