-- Permanent numbers of columns. A dataset's first columns are numbered from 1; what any branch adds later takes its
-- number here, so that columns that two branches add to one dataset never share one.
SET LOCAL ROLE dendrite_owner;

CREATE SEQUENCE records.column_number AS int MINVALUE 1001;

GRANT USAGE ON SEQUENCE records.column_number TO dendrite_ingest_service, dendrite_branch_service;
