SET LOCAL ROLE dendrite_owner;

-- An immutable name for a snapshot; it keeps what it names readable also after the branch is gone.
CREATE TABLE branching.tag (
    project_id bigint NOT NULL,
    tag_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name branching.resource_id NOT NULL,
    uid uuid NOT NULL,
    branch_id bigint NOT NULL,
    version bigint NOT NULL CHECK (version >= 0),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 4000),
    labels jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(labels) = 'object'),
    metadata jsonb,
    creator text NOT NULL,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    update_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    revision bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (project_id, tag_id),
    CONSTRAINT tag_name_is_taken UNIQUE (project_id, name)
);

-- Its frozen vector.
CREATE TABLE branching.tag_entry (
    project_id bigint NOT NULL,
    tag_id bigint NOT NULL,
    owner_timeline_id bigint NOT NULL,
    through_version bigint NOT NULL CHECK (through_version > 0),
    PRIMARY KEY (project_id, tag_id, owner_timeline_id),
    FOREIGN KEY (project_id, tag_id) REFERENCES branching.tag ON DELETE CASCADE
);

CREATE INDEX tag_entry_owner ON branching.tag_entry (project_id, owner_timeline_id);

SELECT branching.isolate('branching.tag');
SELECT branching.isolate('branching.tag_entry');

GRANT SELECT ON branching.tag, branching.tag_entry TO dendrite_service;
GRANT INSERT, DELETE ON branching.tag, branching.tag_entry TO dendrite_branch_service;
GRANT UPDATE (description, labels, metadata, update_time, revision) ON branching.tag TO dendrite_branch_service;
