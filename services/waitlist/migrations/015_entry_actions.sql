-- An action of an admin on many entries, and those that are still to be changed.
create table entry_actions (
  id uuid primary key,
  action text not null check (action in ('remove', 'restore', 'erase')),
  filter jsonb not null default '{}',
  matched integer not null,
  done integer not null default 0,
  pending integer not null,
  audit jsonb not null,
  created_at timestamptz not null default now()
);

create index entry_actions_pending on entry_actions (created_at) where pending > 0;

create table entry_action_members (
  action_id uuid,
  arrival bigint,
  primary key (action_id, arrival)
);
