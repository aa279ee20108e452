-- The address of a use is deleted after CODE_DETAILS_DAYS; the use stays, under its person key.
alter table uses alter column email drop not null;
