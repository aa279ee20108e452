-- The service's copy of what quality-gates last told: kept current by `gate.evaluated`.
create table gate (
  only_row boolean primary key default true check (only_row),
  open boolean not null default true,
  reasons text[] not null default '{}',
  evaluated_at timestamptz
);

insert into gate default values;
