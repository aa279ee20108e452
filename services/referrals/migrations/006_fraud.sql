-- What the join of a member looked like, as the waitlist published it: keyed hashes, deleted after 30
-- days. `referrer_user_id` is who referred the member, since `linked_at`: referrals of one referrer are
-- compared. `automated`: whether a program confirmed by the mailed link; null if no link did.
create table join_signals (
  user_id uuid primary key references members,
  referrer_user_id uuid references members,
  linked_at timestamptz,
  network text,
  device text,
  lookalike text,
  disposable boolean not null default false,
  automated boolean,
  received_at timestamptz not null default now()
);

create index join_signals_by_network on join_signals (referrer_user_id, network, linked_at)
  where referrer_user_id is not null and network is not null;
create index join_signals_by_device on join_signals (referrer_user_id, device, linked_at)
  where referrer_user_id is not null and device is not null;
create index join_signals_by_lookalike on join_signals (referrer_user_id, lookalike, linked_at)
  where referrer_user_id is not null and lookalike is not null;
create index join_signals_to_delete on join_signals (received_at);

-- The counted referrals of a member. With other indexes only, each look read an index of all of them.
create index referrals_counted on referrals (referrer_user_id) where state = 'counted';
