// Truncates the tables that hold rows: truncating all of them takes ten times as long.
export const EMPTY = `
do $empty$
declare
  tables constant text[] := array(
    select format('%I.%I', schemaname, tablename) from pg_tables
    where schemaname !~ '^pg_|^information_schema$|_jobs$' and tablename !~ 'migrations$'
  );
  target text;
  has_rows boolean;
  filled text[] := '{}';
begin
  foreach target in array tables loop
    execute format('select exists (select from %s)', target) into has_rows;
    if has_rows and target not like '%.gate' then
      filled := filled || target;
    end if;
  end loop;
  if filled <> '{}' then
    execute format('truncate %s cascade', array_to_string(filled, ', '));
  end if;
  perform setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
  from pg_sequences
  where schemaname !~ '_jobs$' and sequencename !~ 'migrations' and last_value is not null;
  foreach target in array tables loop
    if target like '%.gate' then
      execute format('delete from %1$s; insert into %1$s default values', target);
    end if;
  end loop;
end
$empty$`
