-- Version 0.2.0: standard terms.
alter table links rename column made_at to created_at;
alter table credits rename column heard_at to received_at;
