-- Every chunk of a wave checks the gate, unless an admin overrode it for the wave.
alter table waves add column override_gate boolean not null default false;
