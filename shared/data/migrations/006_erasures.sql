-- Who was erased here by request, so that the erasure can be applied again after an older backup was
-- restored (`npm run erased`). `person` is the person key, encrypted with a key that is derived from
-- PERSON_KEY_SECRET. Rows are deleted after 90 days.
create table erasures (
  id uuid primary key default gen_random_uuid(),
  person bytea not null,
  erased_at timestamptz not null default now()
);

create index erasures_by_time on erasures (erased_at);
