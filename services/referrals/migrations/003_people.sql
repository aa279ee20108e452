-- People of the host application, by their id there, and members that a reviewer has blocked.
-- `due_since`: rewards are due, and the gate was closed or referrals were off.
alter table members
  add column host_user_id text unique,
  add column masked text,
  add column confirmed_at timestamptz,
  add column blocked_at timestamptz,
  add column due_since timestamptz;

create index members_by_entry on members (entry_id) where entry_id is not null;
create index members_with_due_rewards on members (due_since) where due_since is not null;
