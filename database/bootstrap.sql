-- Roles, schemas, inboxes and grants: run by the database's owner, again at every migration.
-- One schema and one login role for each service; no role reads another's schema. Passwords are
-- set by `npm run migrate`, never here.
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
  end loop;

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

  -- Everybody may tell everybody else; reading an inbox is the listener's alone.
  foreach service in array services loop
    foreach teller in array services loop
      continue when teller = service;
      role_name := current_database() || '_' || teller;
      execute format('grant usage on schema %I to %I', service, role_name);
      execute format('grant execute on function %I.hear(text, jsonb) to %I', service, role_name);
    end loop;
  end loop;
end
$bootstrap$;
