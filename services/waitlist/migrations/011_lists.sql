-- Sorts and filters of lists. A join writes the second, at its right end, and the last if somebody
-- referred the person.
create index entries_not_waiting_in_order on entries (score desc, arrival) where status <> 'waiting';
create index entries_by_credits on entries (credits desc, arrival);
create index entries_by_wave on entries (wave_id, joined_at, arrival) where wave_id is not null;
create index entries_by_referrer on entries (upper(referred_by)) where referred_by is not null;
