-- Each act that took codes back, and which it holds: a code is revoked while one of them stands.
-- Many codes are gone through in steps: `reached` is the last code so far, null after the last one.
create table revocations (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('code', 'batch', 'tree')),
  target bigint not null,
  reason text not null,
  revoked_by text not null,
  revoked_at timestamptz not null default now(),
  reached bigint default 0,
  codes integer not null default 0,
  undone_at timestamptz,
  undone_by text,
  restored integer not null default 0,
  check ((undone_at is null) = (undone_by is null))
);

create unique index revocations_standing on revocations (kind, target) where undone_at is null;
create index revocations_under_way on revocations (id) where reached is not null;

create table revoked_codes (
  revocation_id bigint not null,
  code_id bigint not null,
  primary key (revocation_id, code_id)
);

create index revoked_codes_by_code on revoked_codes (code_id);
