-- `gate` is here not a copy but the truth, and every evaluation locks its one row. Its time is in
-- whole milliseconds and always later than the one before.
alter table gate
  add column causes jsonb not null default '{}',
  add column by_hand jsonb;

-- What the host reported last.
create table reports (
  metric text primary key check (metric in ('churn_rate', 'fraud_rate', 'engagement_rate')),
  value double precision not null check (value between 0 and 1),
  period text,
  reported_at timestamptz not null,
  reported_by text not null
);

-- How many of each kind of event were heard; `day` is the day in UTC of what they tell.
create table daily_counts (
  day date not null,
  kind text not null,
  count bigint not null,
  counted_at timestamptz not null,
  primary key (day, kind)
);

-- Events already counted, by digest, so that one that is delivered again counts once.
create table heard (
  digest bytea primary key,
  heard_at timestamptz not null default now()
);

create index heard_by_age on heard (heard_at);

create table alerts (
  id uuid primary key default gen_random_uuid(),
  metric text not null,
  severity text not null check (severity in ('warning', 'critical')),
  message text not null,
  value double precision not null,
  threshold double precision not null,
  opened_at timestamptz not null,
  updated_at timestamptz not null,
  closed_at timestamptz
);

create unique index alerts_open on alerts (metric) where closed_at is null;

-- The history: what was decided, from which figures, upon what and by whom.
create table evaluations (
  evaluated_at timestamptz primary key,
  occasion text not null,
  by text,
  reason text,
  open boolean not null,
  reasons text[] not null,
  trust_score double precision not null,
  churn_rate double precision not null,
  fraud_rate double precision not null,
  engagement_rate double precision not null,
  health_status text not null
);
