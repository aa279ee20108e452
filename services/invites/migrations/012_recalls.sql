-- What referrals takes back. A recall revokes unused codes of a grant, once for each request of the
-- ledger; a block revokes all unused codes of a person. Both are revocations: `target` of a recall is
-- the batch of the grant, and a block has a person instead.
alter table revocations
  alter column target drop not null,
  add column person text,
  drop constraint revocations_kind_check,
  add constraint revocations_kind_check
    check (kind in ('code', 'batch', 'tree', 'recall', 'block')),
  add constraint revocations_target_check check ((target is null) = (kind = 'block')),
  add constraint revocations_person_check check ((person is not null) = (kind = 'block'));

create unique index revocations_of_people on revocations (person)
  where person is not null and undone_at is null;

-- Each recall with its answer: how many of the requested codes it revoked.
create table recalls (
  recall_id uuid primary key,
  batch bigint not null,
  codes integer not null check (codes > 0),
  revoked integer not null default 0 check (revoked between 0 and codes)
);

-- Orders the states of a granted code as referrals sees them: drawn while its row is locked.
create sequence granted_code_versions;

-- Whether referrals was told of the codes of a grant. Version 0.4.0 creates batches without that.
alter table batches add column codes_published boolean not null default false;

create index batches_to_publish on batches (id) where grant_id is not null and not codes_published;
