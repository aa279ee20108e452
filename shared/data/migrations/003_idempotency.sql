-- What was done for which Idempotency-Key, written in the transaction of its effect. Both hashes
-- are keyed; `effect` refers to what was made, and holds no code and no address.
create table idempotency (
  key bytea primary key,
  body bytea not null,
  effect jsonb not null,
  at timestamptz not null default now()
);

create index idempotency_by_time on idempotency (at);
