-- Uses held for somebody whose sign-up is under way. `confirmed_at` and `cancelled_at` say what its
-- holder did; whether it still holds a use is derived (queries/live-reservations.ts).
create table reservations (
  id uuid primary key default gen_random_uuid(),
  code_id bigint not null,
  person text not null,
  email text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  cancelled_at timestamptz,
  check (confirmed_at is null or cancelled_at is null)
);

create index reservations_by_code on reservations (code_id, person) where cancelled_at is null;
create index reservations_by_end on reservations (expires_at);

-- Of a limited code: when the last of its reservations ends, so that a code without any is redeemed
-- without looking for them.
alter table codes add column reserved_until timestamptz;
