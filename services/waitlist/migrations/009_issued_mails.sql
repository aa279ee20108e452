-- Codes that an admin issued to an address, until they are mailed. The recipient may have no entry.
create table issued_mails (
  id uuid primary key,
  person text not null,
  email text not null,
  codes text[] not null,
  count integer not null,
  created_at timestamptz not null default now()
);

create index issued_mails_by_person on issued_mails (person);
