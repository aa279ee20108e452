-- Who was erased, by what stands in their place, and when that was heard here: told again, it
-- touches nothing that has come since.
create table erased (
  tombstone text primary key,
  heard_at timestamptz not null default now()
);

-- What was done stays written down; only words in which an erased person was named may change, in
-- a transaction that says so.
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('vobee.erasing', true) = 'on'
    and to_jsonb(new) - array['reason', 'details'] = to_jsonb(old) - array['reason', 'details']
  then
    return new;
  end if;
  raise exception '% is only added to', tg_table_name;
end $$;
