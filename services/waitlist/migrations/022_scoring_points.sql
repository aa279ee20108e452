-- Referrals shows the points of a review: it learns those of the newest scoring.
select referrals.publish('waitlist.scoring_changed', jsonb_build_object(
  'version', id, 'points', document #> '{referrals,points}',
  'points_max', document #> '{referrals,points_max}'))
from scoring order by id desc limit 1;
