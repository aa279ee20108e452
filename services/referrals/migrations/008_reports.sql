-- Reports: counts that triggers keep as facts happen, whoever writes. A day is a UTC day.
--
-- `report_counts` has each fact by day, and its sum at '-infinity'. A statement that changes a fact
-- only adds rows to `report_changes`, so that it waits for no other; a job adds them to the counts
-- each minute. What a report shows is the sum of both tables.
create table report_counts (
  fact text,
  at timestamptz,
  key text,
  n bigint not null,
  primary key (fact, at, key)
) with (fillfactor = 70);

create table report_changes (
  fact text not null,
  at timestamptz not null,
  key text not null,
  n bigint not null
);

-- The referrals of each referrer by the day on which they were created. `total`: neither void nor a
-- claim that ran out. `earning`: counted and converted. `first_at`: the first of them.
create table referrer_days (
  user_id uuid,
  day date,
  total integer not null,
  counted integer not null,
  converted integer not null,
  earning integer not null,
  first_at timestamptz,
  primary key (user_id, day)
) with (fillfactor = 70);

-- The same for each referrer, of all referrals and of those of the last 30 and 7 days, in the order
-- of the leaderboard. From `rolls_on` on, a day has left a period and its sums are too great.
create table referrer_totals (
  user_id uuid primary key,
  total integer not null default 0,
  counted integer not null default 0,
  converted integer not null default 0,
  earning integer not null default 0,
  first_at timestamptz,
  month_total integer not null default 0,
  month_counted integer not null default 0,
  month_converted integer not null default 0,
  month_first_at timestamptz,
  week_total integer not null default 0,
  week_counted integer not null default 0,
  week_converted integer not null default 0,
  week_first_at timestamptz,
  rolls_on date
) with (fillfactor = 70);

create index referrer_totals_all on referrer_totals
  (converted desc, counted desc, total desc, first_at, user_id) where total > 0;
create index referrer_totals_month on referrer_totals
  (month_converted desc, month_counted desc, month_total desc, month_first_at, user_id)
  where month_total > 0;
create index referrer_totals_week on referrer_totals
  (week_converted desc, week_counted desc, week_total desc, week_first_at, user_id)
  where week_total > 0;
create index referrer_totals_to_roll on referrer_totals (rolls_on) where rolls_on is not null;

-- What `referrer_totals` must be.
create view referrer_sums as
select user_id, sum(total)::integer as total, sum(counted)::integer as counted,
       sum(converted)::integer as converted, sum(earning)::integer as earning,
       min(first_at) as first_at,
       coalesce(sum(total) filter (where in_month), 0)::integer as month_total,
       coalesce(sum(counted) filter (where in_month), 0)::integer as month_counted,
       coalesce(sum(converted) filter (where in_month), 0)::integer as month_converted,
       min(first_at) filter (where in_month) as month_first_at,
       coalesce(sum(total) filter (where in_week), 0)::integer as week_total,
       coalesce(sum(counted) filter (where in_week), 0)::integer as week_counted,
       coalesce(sum(converted) filter (where in_week), 0)::integer as week_converted,
       min(first_at) filter (where in_week) as week_first_at,
       least(min(day) filter (where in_month and total > 0) + 30,
             min(day) filter (where in_week and total > 0) + 7) as rolls_on
from referrer_days
cross join (select (now() at time zone 'UTC')::date as today) as clock
cross join lateral (select day > today - 30 as in_month, day > today - 7 as in_week) as period
group by user_id;

create function utc_day(at timestamptz) returns timestamptz language sql stable
return date_trunc('day', at, 'UTC');

-- Minutes on a scale of tenths: a referral of bucket b took between 1.1^b and 1.1^(b + 1) minutes.
create function convert_bucket(created_at timestamptz, converted_at timestamptz) returns integer
language sql stable
return floor(
  ln(greatest(extract(epoch from converted_at - created_at)::float8 / 60, 1)) / ln(1.1::float8)
)::integer;

-- The facts of a referral, by the day on which it was created; conversions by their own day too.
create function facts_of(
  source text, state text, status text, day timestamptz, converted_day timestamptz, bucket integer
) returns table (fact text, at timestamptz, key text) language sql immutable
begin atomic
  select measure.fact, measure.at, measure.key
  from (values
    ('invited', day, source, true),
    ('referred', day, source, status <> 'expired'),
    ('joined', day, source, state <> 'claimed'),
    ('counted', day, source, state = 'counted'),
    ('converted', day, source, status = 'converted'),
    ('conversions', converted_day, '', status = 'converted'),
    ('convert_time', day, bucket::text, status = 'converted')
  ) as measure (fact, at, key, applies)
  where state <> 'void' and applies and measure.at is not null and measure.key is not null;
end;

create type referral_change as (
  referrer uuid, source text, state text, status text,
  created_at timestamptz, converted_at timestamptz, n integer
);

create type referrer_change as (
  user_id uuid, day date, total integer, counted integer, converted integer, earning integer,
  added_at timestamptz, removed_at timestamptz
);

-- Locks the totals first: the sums are read after the lock, and see what other statements changed.
create function change_referrers(changes referrer_change[]) returns void language plpgsql
set search_path from current as $function$
begin
  insert into referrer_totals (user_id)
  select distinct user_id from unnest(changes) order by user_id
  on conflict do nothing;

  perform from referrer_totals
  where user_id = any (array(select user_id from unnest(changes)))
  order by user_id for no key update;

  insert into referrer_days as counted_day
    (user_id, day, total, counted, converted, earning, first_at)
  select user_id, day, total, counted, converted, earning, added_at from unnest(changes)
  on conflict (user_id, day) do update set
    total = counted_day.total + excluded.total,
    counted = counted_day.counted + excluded.counted,
    converted = counted_day.converted + excluded.converted,
    earning = counted_day.earning + excluded.earning,
    first_at = least(counted_day.first_at, excluded.first_at);

  -- The first referral of a day is gone.
  update referrer_days as counted_day set first_at = (
    select created_at from referrals
    where referrer_user_id = change.user_id and state <> 'void' and status <> 'expired'
      and created_at >= change.day at time zone 'UTC'
      and created_at < (change.day + 1) at time zone 'UTC'
    order by created_at limit 1
  )
  from unnest(changes) as change
  where (counted_day.user_id, counted_day.day) = (change.user_id, change.day)
    and change.removed_at < coalesce(change.added_at, 'infinity')
    and change.removed_at <= counted_day.first_at;

  perform sum_referrers(array(select distinct user_id from unnest(changes)));
end
$function$;

create function sum_referrers(members uuid[]) returns void language sql
set search_path from current as $function$
  update referrer_totals as totals set (
    total, counted, converted, earning, first_at,
    month_total, month_counted, month_converted, month_first_at,
    week_total, week_counted, week_converted, week_first_at, rolls_on
  ) = (
    select total, counted, converted, earning, first_at,
           month_total, month_counted, month_converted, month_first_at,
           week_total, week_counted, week_converted, week_first_at, rolls_on
    from referrer_sums where referrer_sums.user_id = totals.user_id
  )
  where user_id = any (members)
$function$;

create function change_reports(changes referral_change[]) returns void language plpgsql
set search_path from current as $function$
declare
  days referrer_change[];
begin
  insert into report_changes (fact, at, key, n)
  select fact, at, key, sum(n)
  from (
    select source, state, status, utc_day(created_at) as day,
           utc_day(converted_at) as converted_day,
           convert_bucket(created_at, converted_at) as bucket, sum(n) as n
    from unnest(changes)
    group by 1, 2, 3, 4, 5, 6
  ) as alike
  cross join lateral facts_of(source, state, status, day, converted_day, bucket)
  group by fact, at, key having sum(n) <> 0;

  select array_agg(row(changed_days.*)::referrer_change) into days
  from (
    select referrer as user_id, (created_at at time zone 'UTC')::date as day, sum(n) as total,
           coalesce(sum(n) filter (where state = 'counted'), 0) as counted,
           coalesce(sum(n) filter (where status = 'converted'), 0) as converted,
           coalesce(sum(n) filter (where state = 'counted' and status = 'converted'), 0) as earning,
           min(created_at) filter (where n > 0) as added_at,
           min(created_at) filter (where n < 0) as removed_at
    from unnest(changes)
    where state <> 'void' and status <> 'expired'
    group by 1, 2
    having sum(n) <> 0 or sum(n) filter (where state = 'counted') <> 0
      or sum(n) filter (where status = 'converted') <> 0
      or sum(n) filter (where state = 'counted' and status = 'converted') <> 0
      or min(created_at) filter (where n > 0)
           is distinct from min(created_at) filter (where n < 0)
    order by 1, 2
  ) as changed_days;
  if days is not null then
    perform change_referrers(days);
  end if;
end
$function$;

create function count_referrals() returns trigger language plpgsql
set search_path from current as $function$
declare
  changes referral_change[];
begin
  if tg_op = 'INSERT' then
    select array_agg(row(
      referrer_user_id, source, state, status, created_at, converted_at, 1)::referral_change)
    into changes from after_rows;
  elsif tg_op = 'DELETE' then
    select array_agg(row(
      referrer_user_id, source, state, status, created_at, converted_at, -1)::referral_change)
    into changes from before_rows;
  else
    select array_agg(side.change) into changes
    from before_rows as a join after_rows as b using (id)
    cross join lateral (values
      (row(a.referrer_user_id, a.source, a.state, a.status, a.created_at, a.converted_at,
           -1)::referral_change),
      (row(b.referrer_user_id, b.source, b.state, b.status, b.created_at, b.converted_at,
           1)::referral_change)
    ) as side (change)
    where (a.referrer_user_id, a.source, a.state, a.status, a.created_at, a.converted_at)
      is distinct from
          (b.referrer_user_id, b.source, b.state, b.status, b.created_at, b.converted_at);
  end if;
  if changes is not null then
    perform change_reports(changes);
  end if;
  return null;
end
$function$;

create trigger referrals_added after insert on referrals
  referencing new table as after_rows
  for each statement execute function count_referrals();

create trigger referrals_changed after update on referrals
  referencing old table as before_rows new table as after_rows
  for each statement execute function count_referrals();

create trigger referrals_deleted after delete on referrals
  referencing old table as before_rows
  for each statement execute function count_referrals();

-- The other tables: members who joined or are confirmed, as users of the host application are;
-- rewards that are not void; codes by their end, also by the hour, to be exact within a day.
create function member_day(joined_at timestamptz, known_at timestamptz, confirmed boolean)
returns timestamptz language sql stable
return case when joined_at is not null or confirmed
  then date_trunc('day', coalesce(joined_at, known_at), 'UTC') end;

create function count_members() returns trigger language plpgsql
set search_path from current as $function$
begin
  insert into report_changes (fact, at, key, n)
  select 'members', at, '', tg_argv[0]::integer * count(*)
  from (select member_day(joined_at, known_at, confirmed) as at from changed_rows) as member
  where at is not null group by at;
  return null;
end
$function$;

create function count_rewards() returns trigger language plpgsql
set search_path from current as $function$
begin
  insert into report_changes (fact, at, key, n)
  select 'rewards', utc_day(created_at), '', tg_argv[0]::integer * count(*)
  from changed_rows where voided < amount group by 2;
  return null;
end
$function$;

create function count_codes() returns trigger language plpgsql
set search_path from current as $function$
begin
  insert into report_changes (fact, at, key, n)
  select fact, at, '', tg_argv[0]::integer * count(*)
  from changed_rows cross join lateral (
    values ('codes', utc_day(expires_at)),
           ('code_hours', date_trunc('hour', expires_at, 'UTC'))
  ) as ended (fact, at)
  group by fact, at;
  return null;
end
$function$;

-- Emptied at once.
create function forget_facts() returns trigger language plpgsql
set search_path from current as $function$
begin
  delete from report_counts where fact = any (tg_argv);
  delete from report_changes where fact = any (tg_argv);
  if tg_table_name = 'referrals' then
    delete from referrer_days;
    delete from referrer_totals;
  end if;
  return null;
end
$function$;

create trigger referrals_emptied after truncate on referrals for each statement
  execute function forget_facts(
    'invited', 'referred', 'joined', 'counted', 'converted', 'conversions', 'convert_time');

do $triggers$
declare
  counted text;
  counter text;
  facts text;
begin
  for counted, counter, facts in
    select * from (values
      ('members', 'count_members', $$'members'$$),
      ('user_rewards', 'count_rewards', $$'rewards'$$),
      ('referral_codes', 'count_codes', $$'codes', 'code_hours'$$)
    ) as source
  loop
    execute format($sql$
      create trigger %1$s_added after insert on %1$s
        referencing new table as changed_rows for each statement execute function %2$s('1');
      create trigger %1$s_before_change after update on %1$s
        referencing old table as changed_rows for each statement execute function %2$s('-1');
      create trigger %1$s_after_change after update on %1$s
        referencing new table as changed_rows for each statement execute function %2$s('1');
      create trigger %1$s_deleted after delete on %1$s
        referencing old table as changed_rows for each statement execute function %2$s('-1');
      create trigger %1$s_emptied after truncate on %1$s
        for each statement execute function forget_facts(%3$s)$sql$, counted, counter, facts);
  end loop;
end
$triggers$;

-- The counts recomputed from the rows that they count.
create view recomputed_counts as
select fact, at, key, sum(n)::bigint as n
from (
  select source, state, status, utc_day(created_at) as day, utc_day(converted_at) as converted_day,
         convert_bucket(created_at, converted_at) as bucket, count(*) as n
  from referrals
  group by 1, 2, 3, 4, 5, 6
) as alike
cross join lateral facts_of(source, state, status, day, converted_day, bucket)
group by fact, at, key
union all
select 'members', member_day(joined_at, known_at, confirmed) as at, '', count(*)
from members where joined_at is not null or confirmed group by at
union all
select 'rewards', utc_day(created_at) as at, '', count(*)
from user_rewards where voided < amount group by at
union all
select 'codes', utc_day(expires_at) as at, '', count(*) from referral_codes group by at
union all
select 'code_hours', date_trunc('hour', expires_at, 'UTC') as at, '', count(*)
from referral_codes group by at;

create view recomputed_days as
select referrer_user_id as user_id, (created_at at time zone 'UTC')::date as day,
       count(*)::integer as total,
       (count(*) filter (where state = 'counted'))::integer as counted,
       (count(*) filter (where status = 'converted'))::integer as converted,
       (count(*) filter (where state = 'counted' and status = 'converted'))::integer as earning,
       min(created_at) as first_at
from referrals where state <> 'void' and status <> 'expired'
group by 1, 2;

-- Adds changes to the counts. Returns how many.
create function fold_changes(most integer) returns integer language sql
set search_path from current as $function$
  with folded as (
    delete from report_changes
    where ctid = any (array(select ctid from report_changes limit most for update skip locked))
    returning *
  ), sums as (
    insert into report_counts as counted (fact, at, key, n)
    select fact, each.at, key, sum(n)
    from folded cross join lateral (
      values (folded.at), ('-infinity'::timestamptz)
    ) as each (at)
    where each.at > '-infinity' or fact <> 'code_hours'
    group by 1, 2, 3 having sum(n) <> 0
    order by 1, 2, 3
    on conflict (fact, at, key) do update set n = counted.n + excluded.n
  )
  select count(*)::integer from folded
$function$;

-- Sums again the referrers of whom a day has left a period. Returns how many.
create function roll_referrers(most integer) returns integer language plpgsql
set search_path from current as $function$
declare
  members uuid[] := array(
    select user_id from referrer_totals
    where rolls_on <= (now() at time zone 'UTC')::date
    order by user_id limit most for no key update skip locked
  );
begin
  perform sum_referrers(members);
  return cardinality(members);
end
$function$;

-- Counts everything again, for the owner; writers wait.
create function rebuild_reports() returns void language plpgsql
set search_path from current as $function$
begin
  lock table members, referral_codes, referrals, user_rewards in share row exclusive mode;
  truncate report_counts, report_changes, referrer_days, referrer_totals;
  insert into report_counts (fact, at, key, n) select fact, at, key, n from recomputed_counts;
  insert into report_counts (fact, at, key, n)
  select fact, '-infinity', key, sum(n) from report_counts where fact <> 'code_hours'
  group by fact, key;
  insert into referrer_days (user_id, day, total, counted, converted, earning, first_at)
  select user_id, day, total, counted, converted, earning, first_at from recomputed_days;
  insert into referrer_totals select * from referrer_sums;
end
$function$;

select rebuild_reports();
