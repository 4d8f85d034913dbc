SET LOCAL ROLE dendrite_owner;

-- Which record an item that could not be written is of, and the changed value of what was last written of that record
-- since: where no column of the dataset holds the changed value, only this says that the item is old. Of letters that
-- are there nobody knows their records; they get them when they are tried again.
ALTER TABLE scheduling.sync_dead_letter
    -- SHA-256 of the record's id; null where nobody knows which record it is.
    ADD COLUMN record bytea CHECK (length(record) = 32),
    ADD COLUMN written_value text COLLATE "C" CHECK (octet_length(written_value) <= 1100000);
CREATE INDEX sync_dead_letter_by_record
    ON scheduling.sync_dead_letter (project_id, sync_source_id, target, record) WHERE record IS NOT NULL;
