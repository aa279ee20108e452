-- Codes that referrals generated. A code that the waitlist gives to an entry takes precedence.
alter table referral_codes add column is_generated boolean not null default false;

-- Referrals to count when referrals are enabled again.
create index referrals_joined on referrals (id) where state = 'joined';
