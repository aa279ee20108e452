-- A scheduled wave is a stored request: its entries are selected when it is due. `released_at` is
-- null until then. `entry_ids` are the entries that the request names.
alter table waves
  add column release_at timestamptz,
  add column entry_ids uuid[],
  add column released_at timestamptz default now(),
  add column cancelled_at timestamptz;

update waves set released_at = created_at;

create index waves_scheduled on waves (release_at)
  where released_at is null and cancelled_at is null;
