-- How entries are scored: every version, with who made it and why. The newest holds for joins at
-- once, and for who is there already as soon as the re-scoring has come to them. `until` is the
-- last arrival that may have been scored with an older one, `done` the last one re-scored.
create table scoring (
  id integer generated always as identity primary key,
  document jsonb not null,
  by text not null,
  reason text not null,
  created_at timestamptz not null default now(),
  until bigint,
  done bigint not null default 0,
  rescored bigint not null default 0,
  applied_at timestamptz
);

-- Version 0 is the documented scoring (scoring.ts). Who joined from a disposable address while
-- that scores down has no points for answers, whatever the version.
alter table entries
  add column scored_with integer not null default 0,
  add column disposable boolean not null default false;
