SET LOCAL ROLE dendrite_owner;

-- What a timeline changed between two versions, found without passing over what it did not: the cost of a diff follows
-- the difference, however long the recordings are.
CREATE INDEX append_by_version ON signals.append (project_id, timeline_id, version, stream_id);
CREATE INDEX stream_by_version ON signals.stream (project_id, timeline_id, version, stream_id);
