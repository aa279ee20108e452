-- Days for which the codes of the wave are valid; null: as the setting of invites says.
alter table waves add column expires_in_days integer check (expires_in_days > 0);
