-- Referrals that count, kept by person: a credit may be heard before its owner has joined.
create table credits (
  referral_id uuid primary key,
  person text not null,
  heard_at timestamptz not null default now(),
  applied_at timestamptz
);

create index credits_to_apply on credits (person) where applied_at is null;
