-- Referrals of the last 7 days that an earlier version attributed: quality-gates counts them as clean,
-- or a few suspect ones after the upgrade would be the whole fraud rate.
do $upgrade$
declare
  transitions jsonb;
begin
  for transitions in
    with attributed as (
      update referrals set standing = 'clean', revision = revision + 1
      where standing is null and state in ('joined', 'counted')
        and created_at > now() - interval '7 days'
      returning id, revision, created_at
    )
    select jsonb_agg(jsonb_build_object(
      'referral_id', id, 'revision', revision, 'from', null, 'to', 'clean', 'at', created_at))
    from (select *, row_number() over () / 1000 as part from attributed) as numbered
    group by part
  loop
    perform quality_gates.publish(
      'referrals.transitioned', jsonb_build_object('transitions', transitions));
  end loop;
end
$upgrade$;
