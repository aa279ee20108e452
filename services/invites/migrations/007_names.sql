-- Version 0.2.0: standard terms.
alter index revocations_standing rename to revocations_current;
alter index revocations_under_way rename to revocations_pending;
