-- The first payment of each person in the last 30 days, by person key: the person may have no
-- referral yet. It is applied to each referral of the person, as `referrals.paid_at`.
create table payments (
  person text primary key,
  paid_at timestamptz not null,
  recorded_at timestamptz not null default now()
);

create index payments_to_delete on payments (recorded_at);

-- Webhooks that were processed: a hash of the scheme and the event's id, which leads to nobody.
create table webhook_events (
  hash bytea primary key,
  received_at timestamptz not null default now()
);

create index webhook_events_to_delete on webhook_events (received_at);

-- People by their masked addresses, for reports that join users.
create view users as select id, masked as email from members;
