-- Who made a batch, where `created_by` is an address: so that it is found when they are erased.
alter table batches add column creator_person text;

create index batches_by_creator_person on batches (creator_person)
  where creator_person is not null;
