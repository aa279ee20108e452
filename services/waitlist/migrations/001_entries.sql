-- One row for each person who joined. `person` is the person key: what is unique.
create table entries (
  arrival bigint generated always as identity primary key,
  id uuid not null unique default gen_random_uuid(),
  person text not null unique,
  email text not null,
  name text,
  use_case text not null,
  persona text not null,
  locale text,
  utm jsonb not null default '{}',
  metadata jsonb not null default '{}',
  referral_code text not null unique,
  referred_by text,
  answers_score integer not null,
  credits integer not null default 0,
  score integer not null,
  status text not null default 'waiting'
    check (status in ('pending', 'waiting', 'invited', 'redeemed', 'removed')),
  joined_at timestamptz not null default now(),
  invited_at timestamptz,
  redeemed_at timestamptz
);

create index entries_in_order on entries (score desc, arrival) where status = 'waiting';
create index entries_invited on entries (invited_at) where invited_at is not null;
