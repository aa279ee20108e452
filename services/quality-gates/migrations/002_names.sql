-- Version 0.2.0: standard terms.
alter table heard rename to processed_events;
alter table processed_events rename column heard_at to processed_at;
alter table processed_events rename constraint heard_pkey to processed_events_pkey;
alter index heard_by_age rename to processed_events_by_age;
