-- Roles, schemas, inboxes, API keys and grants. The owner runs this file at every migration.
-- Each service has one schema and one login role; no role can read another service's schema. The
-- gateway's role reads API keys only. A new role can log in once `npm run migrate` gave it a password.
do $bootstrap$
declare
  services constant text[] := array['waitlist', 'invites', 'referrals', 'quality_gates'];
  gated constant text[] := array['waitlist', 'invites', 'referrals'];
  with_roles constant boolean := (
    select rolcreaterole or rolsuper from pg_roles where rolname = current_user
  );
  -- JIT makes a join 4.4 times slower, and is on in Debian's packages. Statements that may take 2 s
  -- use indexes: a plan made while a table was small reads all of it until the table is analyzed, up
  -- to minutes later. Then 1,200 checks of a foreign key took 1.6 s.
  planning constant text[] := array['jit=off', 'enable_seqscan=off'];
  settings constant text[] :=
    array['statement_timeout=2s', 'idle_in_transaction_session_timeout=10s'] || planning;
  service text;
  publisher text;
  role_name text;
  queue_table regclass;
  setting text;
begin
  if not with_roles then
    raise notice 'this owner cannot create roles: every service runs as %', current_user;
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
          published_at timestamptz not null default now(),
          try_at timestamptz not null default now(),
          attempts integer not null default 0,
          error text,
          dead_lettered_at timestamptz
        )
      $sql$, service);
    -- Version 0.2.0 renamed two columns and the function.
    if exists (
      select from information_schema.columns
      where table_schema = service and table_name = 'inbox' and column_name = 'told_at'
    ) then
      execute format('alter table %I.inbox rename told_at to published_at', service);
      execute format('alter table %I.inbox rename set_aside_at to dead_lettered_at', service);
      execute format('drop function %I.hear(text, jsonb)', service);
    end if;
    -- A consumer that sleeps until it is notified holds this lock, exclusive, in the session that
    -- listens: the lock ends with the session. A publisher tries it, shared, until its commit: that
    -- takes no longer where others publish, and a consumer gets the lock only while no event that
    -- it would miss waits for its commit. Without sleepers nothing is notified, because that would
    -- run all commits of the server one after the other.
    execute format(
      $sql$
        create or replace function %1$I.publish(event text, payload jsonb) returns bigint
        language sql security definer set search_path = ''
        as $body$
          insert into %1$I.inbox (event, payload) values ($1, $2)
          returning case
            when pg_try_advisory_xact_lock_shared(hashtextextended(%2$L, 0)) then id
            when pg_notify(%2$L, '') is not null then id
          end
        $body$
      $sql$, service, service || '.inbox');
    execute format('revoke all on function %I.publish(text, jsonb) from public', service);
    execute format(
      $sql$
        create or replace function %1$I.sleep_inbox() returns boolean
        language sql set search_path = ''
        as $body$ select pg_try_advisory_lock(hashtextextended(%2$L, 0)) $body$
      $sql$, service, service || '.inbox');
    execute format(
      $sql$
        create or replace function %1$I.has_sleeper() returns boolean
        language sql set search_path = ''
        as $body$
          select not pg_try_advisory_xact_lock_shared(hashtextextended(%2$L, 0))
        $body$
      $sql$, service, service || '.inbox');
    execute format(
      'revoke all on function %1$I.sleep_inbox(), %1$I.has_sleeper() from public', service);
    -- An event is stored for moments only: compressing it took a tenth of a redemption's time.
    -- Only where it differs: the lock would wait for a backup, and every publisher for the lock.
    if exists (
      select from pg_attribute
      where attrelid = format('%I.inbox', service)::regclass and attname = 'payload'
        and attstorage <> 'e'
    ) then
      execute format('alter table %I.inbox alter payload set storage external', service);
    end if;
  end loop;

  -- An evaluation writes its result into each service that decides on the gate. Evaluations lock
  -- quality_gates.gate, so the last one to write is the newest.
  foreach service in array gated loop
    execute format(
      $sql$
        create or replace function %1$I.set_gate(boolean, text[], timestamptz) returns void
        language plpgsql security definer set search_path = ''
        as 'begin update %1$I.gate set open = $1, reasons = $2, evaluated_at = $3; end'
      $sql$, service);
    execute format(
      'revoke all on function %I.set_gate(boolean, text[], timestamptz) from public', service);
  end loop;

  -- API keys. The owner writes them (`npm run keys`). `hash` is the SHA-256 of the whole key: the
  -- secret has 192 random bits, so a slow hash would not make it harder to guess.
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
  -- The only write that readers of keys may do: at most once a minute, from any number of processes.
  create or replace function access.touch(key_id text) returns void
  language sql security definer set search_path = ''
  as 'update access.keys set last_used_at = now()
      where id = $1 and (last_used_at is null or last_used_at < now() - interval ''1 minute'')';
  revoke all on function access.touch(text) from public;

  -- The services may run as the owner as well.
  foreach setting in array case when with_roles then planning[:1] else planning end loop
    continue when exists (
      select from pg_db_role_setting
      where setdatabase = (select oid from pg_database where datname = current_database())
        and setrole = current_user::regrole and setting = any (setconfig)
    );
    execute format('alter role %I in database %I set %I = %L', current_user, current_database(),
      split_part(setting, '=', 1), split_part(setting, '=', 2));
  end loop;

  if not with_roles then
    return;
  end if;

  -- All databases of a server share its roles, and other software may change a role at any moment,
  -- which makes a change here fail: only what differs is changed.
  foreach service in array services || 'gateway'::text loop
    role_name := current_database() || '_' || service;
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I nologin', role_name);
    end if;
    foreach setting in array settings loop
      continue when exists (
        select from pg_roles where rolname = role_name and setting = any (rolconfig)
      );
      execute format('alter role %I set %I = %L', role_name,
        split_part(setting, '=', 1), split_part(setting, '=', 2));
    end loop;
    if not exists (
      select from pg_database, aclexplode(datacl)
      where datname = current_database() and privilege_type = 'CONNECT'
        and grantee = quote_ident(role_name)::regrole
    ) then
      execute format('grant connect on database %I to %I', current_database(), role_name);
    end if;
    execute format('grant usage on schema access to %I', role_name);
    execute format('grant select on access.keys to %I', role_name);
    execute format('grant execute on function access.touch(text) to %I', role_name);
  end loop;

  foreach service in array services loop
    role_name := current_database() || '_' || service;
    execute format('grant usage on schema %I to %I', service, role_name);
    execute format(
      'grant execute on function %1$I.sleep_inbox(), %1$I.has_sleeper() to %2$I',
      service, role_name);
    -- Version 0.2.0 let services create the tables of their queues; the migration does since.
    execute format('grant usage on schema %I to %I', service || '_jobs', role_name);
    execute format('revoke create on schema %I from %I', service || '_jobs', role_name);
    execute format(
      'grant select, insert, update, delete on all tables in schema %I to %I', service, role_name);
    execute format('grant usage on all sequences in schema %I to %I', service, role_name);
    -- After a restore without privileges. Tables of version 0.2.0 belong to the role itself.
    for queue_table in
      select oid::regclass from pg_class
      where relnamespace = (service || '_jobs')::regnamespace and relkind in ('r', 'p')
        and relowner = current_user::regrole
    loop
      execute format(
        'grant select, insert, update, delete on %s to %I', queue_table, role_name);
    end loop;
    execute format(
      'alter default privileges in schema %I, %I grant select, insert, update, delete on tables to %I',
      service, service || '_jobs', role_name);
    execute format(
      'alter default privileges in schema %I grant usage on sequences to %I', service, role_name);
  end loop;

  -- Every service may publish to every inbox, its own too. Only the consumer reads its inbox.
  foreach service in array services loop
    foreach publisher in array services loop
      role_name := current_database() || '_' || publisher;
      execute format('grant usage on schema %I to %I', service, role_name);
      execute format('grant execute on function %I.publish(text, jsonb) to %I', service, role_name);
    end loop;
  end loop;

  role_name := current_database() || '_quality_gates';
  foreach service in array gated loop
    execute format(
      'grant execute on function %I.set_gate(boolean, text[], timestamptz) to %I',
      service, role_name);
  end loop;
end
$bootstrap$;
