-- A person can generate a new referral code after theirs has expired. Friends who joined with the
-- former one are still found. `code_at` is when the code was generated; null: with the join.
alter table entries add column code_at timestamptz;

create table former_codes (
  code text primary key,
  person text not null,
  ended_at timestamptz not null default now()
);

create index former_codes_by_person on former_codes (person);
