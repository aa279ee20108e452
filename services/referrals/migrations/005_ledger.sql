-- `user_rewards` is the table of grants. Each change of a grant adds an entry to the ledger, in the
-- statement of the change: `reward_entries` is only ever added to, and every balance is its sum.
-- A reward can be granted again after a void, so a member may have several grants of a kind.
alter table user_rewards
  drop constraint user_rewards_user_id_grant_key_key,
  add column amount integer check (amount > 0),
  add column voided integer not null default 0,
  add column void_reason text,
  add column expired_at timestamptz,
  add column referral_id uuid,
  add check (voided between 0 and amount);

update user_rewards set amount = coalesce((reward_value ->> 'codes')::integer, 1);
alter table user_rewards alter column amount set not null;

create index user_rewards_by_key on user_rewards (user_id, grant_key);
create index user_rewards_to_expire on user_rewards (expires_at)
  where not is_claimed and expired_at is null;

create table reward_entries (
  id bigint generated always as identity primary key,
  reward_id uuid not null references user_rewards,
  user_id uuid not null,
  kind text not null check (kind in ('grant', 'claim', 'expire', 'void')),
  amount integer not null check (amount > 0),
  reason text,
  created_at timestamptz not null default now()
);

create index reward_entries_by_user on reward_entries (user_id, created_at);
create unique index reward_entries_once on reward_entries (reward_id, kind) where kind <> 'void';

insert into reward_entries (reward_id, user_id, kind, amount, reason, created_at)
select id, user_id, 'grant', amount, reward_value ->> 'reason', created_at from user_rewards
union all
select id, user_id, 'claim', amount, null, claimed_at from user_rewards where is_claimed;

-- Version 0.4.0 inserts no amount.
create function complete_reward() returns trigger language plpgsql
set search_path from current as $function$
begin
  new.amount := coalesce(new.amount, (new.reward_value ->> 'codes')::integer, 1);
  return new;
end
$function$;

create trigger user_rewards_completed before insert on user_rewards
  for each row execute function complete_reward();

create function record_reward() returns trigger language plpgsql
set search_path from current as $function$
begin
  if tg_op = 'INSERT' then
    insert into reward_entries (reward_id, user_id, kind, amount, reason)
    values (new.id, new.user_id, 'grant', new.amount, new.reward_value ->> 'reason');
    return null;
  end if;
  if new.amount <> old.amount or new.voided < old.voided or old.is_claimed and not new.is_claimed
    or old.expired_at is not null and new.expired_at is null then
    raise exception 'a reward is changed by claiming, expiring and voiding only';
  end if;
  insert into reward_entries (reward_id, user_id, kind, amount, reason)
  select new.id, new.user_id, kind, entry.amount, reason
  from (
    values ('void', new.voided - old.voided, new.void_reason),
           ('claim', case when new.is_claimed and not old.is_claimed
                       then new.amount - new.voided end, null),
           ('expire', case when new.expired_at is not null and old.expired_at is null
                        then new.amount - new.voided end, null)
  ) as entry (kind, amount, reason)
  where entry.amount > 0;
  return null;
end
$function$;

create trigger user_rewards_recorded after insert or update on user_rewards
  for each row execute function record_reward();

create trigger reward_entries_added_only before update or delete on reward_entries
  for each row execute function reject_change();

-- Codes of a grant that referrals asks invites to revoke. Invites answers how many were unused. A
-- grant has one open request at a time; one that got fewer codes than it asked for has none left.
create table code_recalls (
  id uuid primary key default gen_random_uuid(),
  reward_id uuid not null references user_rewards,
  codes integer not null check (codes > 0),
  reason text not null,
  requested_at timestamptz not null default now(),
  answered_at timestamptz,
  revoked integer check (revoked between 0 and codes),
  check ((answered_at is null) = (revoked is null))
);

create unique index code_recalls_open on code_recalls (reward_id) where answered_at is null;
create index code_recalls_by_reward on code_recalls (reward_id);
