-- Tokens of mailed links, as hashes. Their entry has no foreign key, as nothing here has: who is
-- erased takes them along, and one that is left over opens nothing.
create table links (
  hash bytea primary key,
  entry_id uuid not null,
  purpose text not null check (purpose in ('confirm', 'sign_in', 'unsubscribe')),
  made_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

create index links_by_entry on links (entry_id);
create index links_by_end on links (expires_at);
