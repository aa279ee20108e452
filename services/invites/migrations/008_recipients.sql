-- The recipient of a wave's code, as the waitlist names them: the address is not known here.
alter table codes
  add column entry_id uuid,
  add column issued_masked text;
