-- An address in the name of a batch stays when its owner is erased, here and in the audit log. New
-- names contain none; old ones get a name of their own.
alter table audit disable trigger audit_is_append_only;

update audit set subject = 'redacted-' || batch.id
from batches as batch where batch.batch_id = audit.subject and audit.subject ~ '\S@\S';

update audit set subject = 'redacted' where subject ~ '\S@\S';

alter table audit enable trigger audit_is_append_only;

update batches set batch_id = 'redacted-' || id where batch_id ~ '\S@\S';
