-- A removed entry can be restored: to the status that it had. Entries that 0.2.0 removes have neither.
alter table entries
  add column removed_at timestamptz,
  add column removed_from text check (removed_from in ('pending', 'waiting'));

-- The ids of entries whose person was erased: an id leads to nobody.
create table erased_entries (
  id uuid primary key,
  erased_at timestamptz not null default now()
);
