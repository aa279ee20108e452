-- A person known here by a join, a share or a redeemed invite; `person` is the person key. What
-- others told is kept as it was told, because it comes in no promised order.
create table members (
  id uuid primary key default gen_random_uuid(),
  person text not null unique,
  entry_id uuid,
  joined_at timestamptz,
  confirmed boolean not null default false,
  brought_code text,
  redeemed_at timestamptz,
  known_at timestamptz not null default now()
);

create index members_by_brought_code on members (brought_code) where brought_code is not null;

create table referral_codes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references members,
  code text not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '365 days'
);

create unique index idx_referral_codes_code on referral_codes (code);
create index idx_referral_codes_user_id on referral_codes (user_id);
create index referral_codes_to_expire on referral_codes (expires_at) where is_active;

-- One row for a referrer and a referred person. `status` is how far the referred person came,
-- `state` is what the referral is worth: claimed by a share, joined (not confirmed yet), counted,
-- held for review, or void for a reason. Only a claim expires.
create table referrals (
  id uuid primary key default gen_random_uuid(),
  referrer_user_id uuid not null references members,
  referred_user_id uuid not null references members,
  referral_code_id uuid references referral_codes,
  status text not null default 'pending' check (status in ('pending', 'converted', 'expired')),
  source text not null check (source in ('code', 'share')),
  state text not null check (state in ('claimed', 'joined', 'counted', 'held', 'void')),
  reason text check ((reason is null) = (state <> 'void')),
  created_at timestamptz not null default now(),
  counted_at timestamptz,
  converted_at timestamptz,
  expires_at timestamptz check ((expires_at is null) = (state <> 'claimed')),
  unique (referrer_user_id, referred_user_id)
);

create index idx_referrals_referrer_user_id on referrals (referrer_user_id, created_at);
create index idx_referrals_referred_user_id on referrals (referred_user_id);
create index idx_referrals_status on referrals (status);
-- One person is referred once.
create unique index referrals_one_referrer on referrals (referred_user_id)
  where state in ('joined', 'counted', 'held');
create index referrals_to_expire on referrals (expires_at)
  where state = 'claimed' and status = 'pending';

-- The ledger of rewards: rows are added, never taken away. `grant_key` says what for, so that
-- each is granted once. Invite codes are claimed when invites has minted them.
create table user_rewards (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references members,
  reward_type text not null,
  grant_key text not null,
  reward_value jsonb not null,
  is_claimed boolean not null default false,
  created_at timestamptz not null default now(),
  claimed_at timestamptz,
  expires_at timestamptz,
  unique (user_id, grant_key)
);

create index idx_user_rewards_user_id on user_rewards (user_id);
create index idx_user_rewards_is_claimed on user_rewards (is_claimed);

-- Uses of granted codes, each once however often it is told.
create table reward_code_uses (
  use_id uuid primary key,
  reward_id uuid not null
);

create index reward_code_uses_by_reward on reward_code_uses (reward_id);

create table automation_logs (
  id uuid primary key default gen_random_uuid(),
  service text not null,
  action text not null,
  status text not null check (status in ('success', 'failed', 'pending')),
  user_id uuid,
  details jsonb not null default '{}',
  error_message text,
  created_at timestamptz not null default now()
);

create index idx_automation_logs_service on automation_logs (service);
create index idx_automation_logs_created_at on automation_logs (created_at);
