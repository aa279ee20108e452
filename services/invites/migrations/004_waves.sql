-- Codes of a wave: a batch for each wave, in it one code for each person who was released. Their
-- addresses are not known here, so who a code is for may stand as a person key alone.
alter table codes
  add column wave_id uuid,
  drop constraint codes_check,
  add constraint codes_issued_check check (issued_to is null or issued_person is not null),
  add constraint codes_wave_check check (wave_id is null or issued_person is not null);

create unique index codes_of_waves on codes (wave_id, issued_person) where wave_id is not null;
