-- Version 0.2.0: standard terms for what 002 and 004 created.
alter table erased rename column tombstone to pseudonym;
alter table erased rename column heard_at to received_at;

alter function refuse_change() rename to reject_change;
alter trigger audit_is_kept on audit rename to audit_is_append_only;

create or replace function reject_change() returns trigger language plpgsql as $$
begin
  -- Erasing a person may redact the free text in which an admin named them.
  if tg_op = 'UPDATE' and current_setting('vobee.erasing', true) = 'on'
    and to_jsonb(new) - array['reason', 'details'] = to_jsonb(old) - array['reason', 'details']
  then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name;
end $$;

-- Events that wait carry the member by its new name.
update inbox set payload = payload - 'tombstone' || jsonb_build_object('pseudonym', payload -> 'tombstone')
where payload ? 'tombstone';
