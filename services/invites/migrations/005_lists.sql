-- What lists and trees begin with: whose batches, whose codes.
create index batches_by_creator on batches (created_by, id);
create index batches_by_owner on batches (owner_person) where owner_person is not null;
create index codes_by_recipient on codes (issued_person, batch, id) where issued_person is not null;
create index codes_revoked on codes (batch, id) where revoked_at is not null;
