-- How many entries of each status have a confirmed address: counted as the entries are. The lock lets
-- no entry change between the count and the new functions; joins wait for it.
lock table entries in share row exclusive mode;

alter table entry_counts add column confirmed bigint not null default 0;
alter type line_change add attribute confirmed bigint;

create or replace function change_line(changes line_change[]) returns void language sql
set search_path from current as $function$
  insert into entry_counts as counted (status, entries, confirmed)
  select status, sum(entries), sum(confirmed) from unnest(changes)
  group by status having sum(entries) <> 0 or sum(confirmed) <> 0 order by status
  on conflict (status) do update set
    entries = counted.entries + excluded.entries,
    confirmed = counted.confirmed + excluded.confirmed;

  insert into line_scores as line (score, waiting)
  select score, sum(entries) from unnest(changes) where status = 'waiting'
  group by score having sum(entries) <> 0 order by score
  on conflict (score) do update set waiting = line.waiting + excluded.waiting;

  insert into line_blocks as line (score, block, waiting)
  select score, block, entries from unnest(changes) where status = 'waiting' and entries <> 0
  order by score, block
  on conflict (score, block) do update set waiting = line.waiting + excluded.waiting;
$function$;

create or replace function count_entries() returns trigger language plpgsql
set search_path from current as $function$
declare
  changes line_change[];
begin
  if tg_op = 'INSERT' then
    select array_agg(row(status, score, block, n, confirmed)::line_change) into changes
    from (
      select status, score, arrival >> 13 as block, count(*) as n,
             count(confirmed_at) as confirmed
      from after_rows group by 1, 2, 3
    ) as added;
  elsif tg_op = 'DELETE' then
    select array_agg(row(status, score, block, -n, -confirmed)::line_change) into changes
    from (
      select status, score, arrival >> 13 as block, count(*) as n,
             count(confirmed_at) as confirmed
      from before_rows group by 1, 2, 3
    ) as removed;
  else
    select array_agg(row(status, score, block, n, confirmed)::line_change) into changes
    from (
      select status, score, block, sum(n) as n, sum(confirmed) as confirmed
      from (
        select status, score, arrival >> 13 as block, 1 as n,
               (confirmed_at is not null)::int as confirmed
        from after_rows
        union all
        select status, score, arrival >> 13, -1, -(confirmed_at is not null)::int
        from before_rows
      ) as both_sides
      group by 1, 2, 3 having sum(n) <> 0 or sum(confirmed) <> 0
    ) as moved;
  end if;
  if changes is not null then
    perform change_line(changes);
  end if;
  return null;
end
$function$;

update entry_counts as counted set confirmed = found.confirmed
from (
  select status, count(confirmed_at) as confirmed from entries group by status
) as found
where counted.status = found.status;
