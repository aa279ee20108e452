-- What referrals takes back. A recall revokes unused codes of a grant, once for each request of the
-- ledger; a block revokes all unused codes of a person. Both are revocations: the target of a recall
-- is the batch of the grant, that of a block its row in `blocks`.
alter table revocations
  drop constraint revocations_kind_check,
  add constraint revocations_kind_check
    check (kind in ('code', 'batch', 'tree', 'recall', 'block'));

-- Whether a person is blocked, as referrals decided last: an older decision changes nothing.
create table blocks (
  id bigint generated always as identity primary key,
  person text not null unique,
  is_blocked boolean not null,
  decided_at timestamptz not null
);

-- Each recall with its answer: how many of the requested codes it revoked.
create table recalls (
  recall_id uuid primary key,
  batch bigint not null,
  codes integer not null check (codes > 0),
  revoked integer not null default 0 check (revoked between 0 and codes)
);

-- Orders the states of a granted code as referrals sees them: drawn while its row is locked.
create sequence granted_code_versions;

-- Whether referrals was told of the codes of a grant, and the masked address of its owner. Version
-- 0.4.0 creates batches without them.
alter table batches
  add column codes_published boolean not null default false,
  add column owner_masked text;

create index batches_to_publish on batches (id) where grant_id is not null and not codes_published;
