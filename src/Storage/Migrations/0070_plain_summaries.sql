-- Summaries are kept as they are. A block of a thousand channels has one of 24 KB, which no page holds: PostgreSQL
-- tried to compress it before it moved it out of line, which took more than a quarter of the time that a block took
-- the server. Out of line and plain, the entries of one channel are read without the rest. Summaries of up to some 80
-- channels stay in the row, as before. Rows that are there keep their form.
SET LOCAL ROLE dendrite_owner;

ALTER TABLE signals.block ALTER COLUMN summary SET STORAGE EXTERNAL;
