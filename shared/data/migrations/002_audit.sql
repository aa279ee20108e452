-- What was done here with a key: written by the statement or in the transaction of the act, and
-- only ever added to. It names subjects by id, never by an address or a whole code.
create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  key_id text not null,
  act text not null,
  subject text not null,
  reason text,
  address text not null,
  request_id text not null,
  details jsonb not null default '{}'
);

create index audit_by_time on audit (at);
create index audit_by_actor on audit (actor, id);
create index audit_by_act on audit (act, id);
create index audit_by_subject on audit (subject, id);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is only added to', tg_table_name;
end $$;

create trigger audit_is_kept before update or delete on audit
  for each row execute function refuse_change();
