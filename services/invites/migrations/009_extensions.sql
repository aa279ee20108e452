-- The last code that a pending extension of the batch has reached; null if none is pending.
alter table batches add column extension_reached bigint;

create index batches_extending on batches (id) where extension_reached is not null;
