SET LOCAL ROLE dendrite_owner;

-- Which run pulls a source with a fence of its own: a workflow does that in one of its steps and goes on for hours, so
-- its own token would keep others away, and would be too old for the source when its turn comes. Null: none does.
ALTER TABLE scheduling.sync_source ADD COLUMN holder_run uuid;
