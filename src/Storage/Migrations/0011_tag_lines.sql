-- A tag is read, forked and reset to after its branch is gone, so it keeps what the branch's timeline said: which
-- timeline it was, and since when each entry was seen, so that a fork of the tag has the same past.
SET LOCAL ROLE dendrite_owner;

ALTER TABLE branching.tag ADD COLUMN timeline_id bigint NOT NULL;

ALTER TABLE branching.tag_entry
    ADD COLUMN since_version bigint NOT NULL DEFAULT 0 CHECK (since_version >= 0),
    DROP CONSTRAINT tag_entry_pkey,
    ADD PRIMARY KEY (project_id, tag_id, owner_timeline_id, since_version);

-- For lists in the order of making, and for finding what a branch's tags keep.
CREATE INDEX tag_of_branch ON branching.tag (project_id, branch_id);
