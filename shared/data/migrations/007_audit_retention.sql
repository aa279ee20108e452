-- A daily job deletes the rows of the audit log that are older than AUDIT_DAYS. No role can delete
-- rows of the last 30 days.
create or replace function reject_change() returns trigger language plpgsql as $$
begin
  -- Erasing a person may redact the free text in which an admin named them.
  if tg_op = 'UPDATE' and current_setting('vobee.erasing', true) = 'on'
    and to_jsonb(new) - array['reason', 'details'] = to_jsonb(old) - array['reason', 'details']
  then
    return new;
  end if;
  if tg_op = 'DELETE' and current_setting('vobee.retention', true) = 'on'
    and old.at < now() - interval '30 days'
  then
    return old;
  end if;
  raise exception '% is append-only', tg_table_name;
end $$;
