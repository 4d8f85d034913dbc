-- Merges into protected branches ask the quality checks that say so: those about records are run on the result, of
-- those about streams the result kept for the source's state is looked up.
SET LOCAL ROLE dendrite_owner;

CREATE INDEX quality_result_of_state ON comparison.quality_result (project_id, snapshot_digest, create_time);
CREATE INDEX quality_check_required ON comparison.quality_check (project_id) WHERE required_for_merge;

GRANT USAGE ON SCHEMA comparison TO dendrite_branch_service;
GRANT SELECT ON comparison.quality_check, comparison.quality_result TO dendrite_branch_service;
