-- The keys under which joins are hashed for fraud scores. A new one begins every 30 days; `period` is
-- the number of 30-day periods since 1970 and names the key in each hash.
create table signal_keys (
  period integer primary key,
  key bytea not null
);
