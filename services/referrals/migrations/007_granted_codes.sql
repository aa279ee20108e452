-- Codes that invites minted for a grant, as invites last published each. A higher version is newer.
create table granted_codes (
  code_id bigint primary key,
  reward_id uuid not null,
  is_revoked boolean not null,
  expires_at timestamptz,
  version bigint not null
);

create index granted_codes_by_reward on granted_codes (reward_id);

-- Null: version 0.4.0 published the use, without its code.
alter table reward_code_uses add column code_id bigint;

-- The conversions of a member, for free premium and the badge.
create index referrals_converted on referrals (referrer_user_id) where status = 'converted';

-- Version 0.4.0 granted only what members asked for. A job grants the rest.
update members set due_since = now()
where id in (select referrer_user_id from referrals where state = 'counted');
