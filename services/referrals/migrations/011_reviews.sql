-- What reviewers did: with named referrals, or with all those of `members`. A review takes its
-- referrals from the list that it made, some at a time, so any process continues it. `before` has
-- the totals of the referrers that it affects, `unchanged` the named referrals that it leaves.
create table reviews (
  id uuid primary key,
  action text not null check (action in ('approve', 'void', 'block', 'unblock')),
  members uuid[] not null,
  reason text not null,
  reviewed_by text not null,
  before jsonb not null default '[]',
  unchanged jsonb not null,
  matched integer not null default 0,
  changed integer not null default 0,
  pending integer not null default 0,
  created_at timestamptz not null default now()
);

create index reviews_pending on reviews (created_at) where pending > 0;

create table review_referrals (
  review_id uuid not null references reviews on delete cascade,
  referral_id uuid not null,
  primary key (review_id, referral_id)
);

alter table referrals add foreign key (review_id) references reviews;
-- The review that blocked the member last.
alter table members add column block_review_id uuid references reviews;

create index referrals_held_by_referrer on referrals (referrer_user_id) where state = 'held';
create index referrals_void on referrals (created_at, id) where state = 'void';
create index referrals_approved on referrals (created_at, id) where decision = 'approved';
