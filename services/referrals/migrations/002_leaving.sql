-- When somebody last left the list; they may have joined again since. It may be heard before their
-- join.
alter table members add column left_at timestamptz;
