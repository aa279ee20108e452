-- People who redeemed a code and have no entry, or a removed one: they join, or are restored, as redeemed.
create table redeemed_people (
  person text primary key,
  redeemed_at timestamptz not null
);
