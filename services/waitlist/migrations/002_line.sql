-- The line: how many wait, by score, and within a score by block of 8192 arrivals. From these sums
-- a position among ten million is exact and takes about a millisecond, where count(*) takes 850.
create table line_scores (
  score integer primary key,
  waiting bigint not null
) with (fillfactor = 20);

create table line_blocks (
  score integer,
  block bigint,
  waiting integer not null,
  primary key (score, block)
) with (fillfactor = 50);

create table entry_counts (
  status text primary key,
  entries bigint not null
) with (fillfactor = 20);

create type line_change as (status text, score integer, block bigint, entries bigint);

-- Rows are taken in the order of their keys, so that two statements never wait in a circle.
create function change_line(changes line_change[]) returns void language sql
set search_path from current as $function$
  insert into entry_counts as counted (status, entries)
  select status, sum(entries) from unnest(changes)
  group by status having sum(entries) <> 0 order by status
  on conflict (status) do update set entries = counted.entries + excluded.entries;

  insert into line_scores as line (score, waiting)
  select score, sum(entries) from unnest(changes) where status = 'waiting'
  group by score having sum(entries) <> 0 order by score
  on conflict (score) do update set waiting = line.waiting + excluded.waiting;

  insert into line_blocks as line (score, block, waiting)
  select score, block, entries from unnest(changes) where status = 'waiting'
  order by score, block
  on conflict (score, block) do update set waiting = line.waiting + excluded.waiting;
$function$;

-- Every statement that changes entries changes the sums with it, whoever wrote it.
create function count_entries() returns trigger language plpgsql
set search_path from current as $function$
declare
  changes line_change[];
begin
  if tg_op = 'INSERT' then
    select array_agg(row(status, score, block, n)::line_change) into changes
    from (
      select status, score, arrival >> 13 as block, count(*) as n
      from after_rows group by 1, 2, 3
    ) as added;
  elsif tg_op = 'DELETE' then
    select array_agg(row(status, score, block, -n)::line_change) into changes
    from (
      select status, score, arrival >> 13 as block, count(*) as n
      from before_rows group by 1, 2, 3
    ) as removed;
  else
    select array_agg(row(status, score, block, n)::line_change) into changes
    from (
      select status, score, block, sum(n) as n
      from (
        select status, score, arrival >> 13 as block, 1 as n from after_rows
        union all
        select status, score, arrival >> 13, -1 from before_rows
      ) as both_sides
      group by 1, 2, 3 having sum(n) <> 0
    ) as moved;
  end if;
  if changes is not null then
    perform change_line(changes);
  end if;
  return null;
end
$function$;

create trigger entries_added after insert on entries
  referencing new table as after_rows
  for each statement execute function count_entries();

create trigger entries_changed after update on entries
  referencing old table as before_rows new table as after_rows
  for each statement execute function count_entries();

create trigger entries_deleted after delete on entries
  referencing old table as before_rows
  for each statement execute function count_entries();

-- A table emptied at once is an empty line.
create function empty_line() returns trigger language plpgsql
set search_path from current as $function$
begin
  delete from entry_counts;
  delete from line_scores;
  delete from line_blocks;
  return null;
end
$function$;

create trigger entries_emptied after truncate on entries
  for each statement execute function empty_line();
