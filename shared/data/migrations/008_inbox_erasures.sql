-- The erasures for which later events of the same people wait. It is nearly always empty.
create index inbox_erasures on inbox (id)
  where event = 'person.erased' and not payload ? 'second_pass' and dead_lettered_at is null;
