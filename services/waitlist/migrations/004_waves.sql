-- What an admin's hand added or took: a part of `score`, beside the answers and the referrals.
alter table entries
  add column adjusted integer not null default 0,
  add column wave_id uuid;

-- One row for each release: how many were asked for, how many of those who stood first then are
-- released, and how many of these are still to be moved.
create table waves (
  id uuid primary key,
  asked integer not null check (asked > 0),
  released integer not null,
  pending integer not null default 0,
  filter jsonb not null default '{}',
  by text not null,
  reason text,
  created_at timestamptz not null default now()
);

create index waves_by_time on waves (created_at, id);

-- Those of a large wave who were chosen and are still to be moved.
create table wave_members (
  arrival bigint primary key,
  wave_id uuid not null
);

-- How many were released is known by wave; lists go by when people joined.
drop index entries_invited;
create index entries_by_joining on entries (joined_at, arrival);
create index entries_not_waiting on entries (status, joined_at, arrival) where status <> 'waiting';
