-- What referrals that count add to a score at the waitlist, by its newest scoring: one row, or none as
-- long as the documented scoring is in use.
create table point_rules (
  id boolean primary key default true check (id),
  version integer not null,
  points integer not null,
  points_max integer not null
);
