-- A waiting merge whose source has nothing that the target does not is completed without a commit: an empty one would
-- be in the target's history for ever.
SET LOCAL ROLE dendrite_owner;

ALTER TABLE branching.merge
    DROP CONSTRAINT merge_check,
    ADD CONSTRAINT merge_commit_is_of_completed CHECK (commit_version IS NULL OR state = 'completed');
