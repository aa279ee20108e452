-- Roles, schemas, inboxes, keys and grants: run by the database's owner, again at every migration.
-- One schema and one login role for each service; no role reads another's schema. The gateway has
-- a role that reads keys and nothing else. Passwords are set by `npm run migrate`, never here.
do $bootstrap$
declare
  services constant text[] := array['waitlist', 'invites', 'referrals', 'quality_gates'];
  with_roles constant boolean := (
    select rolcreaterole or rolsuper from pg_roles where rolname = current_user
  );
  service text;
  teller text;
  role_name text;
begin
  perform pg_advisory_xact_lock(hashtext('vobee bootstrap'));

  if not with_roles then
    raise notice 'this owner cannot make roles: every service runs as %', current_user;
  end if;

  foreach service in array services loop
    execute format('create schema if not exists %I', service);
    execute format('create schema if not exists %I', service || '_jobs');
    execute format(
      $sql$
        create table if not exists %1$I.inbox (
          id bigint generated always as identity primary key,
          event text not null,
          payload jsonb not null,
          told_at timestamptz not null default now(),
          try_at timestamptz not null default now(),
          attempts integer not null default 0,
          error text,
          set_aside_at timestamptz
        )
      $sql$, service);
    execute format(
      $sql$
        create or replace function %1$I.hear(event text, payload jsonb) returns bigint
        language sql security definer set search_path = ''
        as 'insert into %1$I.inbox (event, payload) values ($1, $2) returning id'
      $sql$, service);
    execute format('revoke all on function %I.hear(text, jsonb) from public', service);
    -- An event lives for moments: compressing it took a tenth of the time of a redemption.
    execute format('alter table %I.inbox alter payload set storage external', service);
  end loop;

  -- API keys: written by `npm run keys`, by the owner. `hash` is SHA-256 of the whole key: its
  -- secret is of 192 random bits, which no slow hash makes harder to guess.
  create schema if not exists access;
  create table if not exists access.keys (
    id text primary key,
    hash bytea not null check (length(hash) = 32),
    name text not null,
    scopes text[] not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    revoked_by text,
    last_used_at timestamptz
  );
  -- All that who reads keys may write. Once a minute at most, from however many processes.
  create or replace function access.touch(key_id text) returns void
  language sql security definer set search_path = ''
  as 'update access.keys set last_used_at = now()
      where id = $1 and (last_used_at is null or last_used_at < now() - interval ''1 minute'')';
  revoke all on function access.touch(text) from public;

  if not with_roles then
    return;
  end if;

  foreach service in array services loop
    role_name := current_database() || '_' || service;
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I login', role_name);
    end if;
    execute format('alter role %I set statement_timeout = %L', role_name, '2s');
    execute format('alter role %I set idle_in_transaction_session_timeout = %L', role_name, '10s');
    execute format('grant connect on database %I to %I', current_database(), role_name);
    execute format('grant usage on schema %I to %I', service, role_name);
    execute format('grant usage, create on schema %I to %I', service || '_jobs', role_name);
    execute format(
      'grant select, insert, update, delete on all tables in schema %I to %I', service, role_name);
    execute format('grant usage on all sequences in schema %I to %I', service, role_name);
    execute format(
      'alter default privileges in schema %I grant select, insert, update, delete on tables to %I',
      service, role_name);
    execute format(
      'alter default privileges in schema %I grant usage on sequences to %I', service, role_name);
  end loop;

  role_name := current_database() || '_gateway';
  if not exists (select from pg_roles where rolname = role_name) then
    execute format('create role %I login', role_name);
  end if;
  execute format('alter role %I set statement_timeout = %L', role_name, '2s');
  execute format('grant connect on database %I to %I', current_database(), role_name);

  foreach service in array services || 'gateway'::text loop
    role_name := current_database() || '_' || service;
    execute format('grant usage on schema access to %I', role_name);
    execute format('grant select on access.keys to %I', role_name);
    execute format('grant execute on function access.touch(text) to %I', role_name);
  end loop;

  -- Everybody may tell everybody, themselves too; reading an inbox is the listener's alone.
  foreach service in array services loop
    foreach teller in array services loop
      role_name := current_database() || '_' || teller;
      execute format('grant usage on schema %I to %I', service, role_name);
      execute format('grant execute on function %I.hear(text, jsonb) to %I', service, role_name);
    end loop;
  end loop;
end
$bootstrap$;
