-- Reports: what was compared, as documents that are kept whatever becomes of the branches they are about.
SET LOCAL ROLE dendrite_owner;

CREATE TABLE comparison.report (
    project_id bigint NOT NULL,
    -- That of the operation that made it, so that an operation that is begun twice makes one report.
    report_id text COLLATE "C" NOT NULL CHECK (length(report_id) BETWEEN 1 AND 63),
    display_name text NOT NULL CHECK (length(display_name) <= 200),
    -- As they were called then: a report is also to be read and found when a branch was renamed or purged.
    from_branch branching.resource_id NOT NULL,
    to_branch branching.resource_id NOT NULL,
    -- A ResolvedComparand and an ExperimentComparisonOptions, as they are sent.
    comparand bytea NOT NULL CHECK (length(comparand) <= 65536),
    options bytea NOT NULL CHECK (length(options) <= 1048576),
    creator text NOT NULL,
    create_time timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (project_id, report_id)
);
CREATE INDEX report_by_age ON comparison.report (project_id, create_time, report_id);

CREATE TABLE comparison.report_document (
    project_id bigint NOT NULL,
    report_id text COLLATE "C" NOT NULL,
    format text NOT NULL CHECK (format IN ('html', 'markdown', 'json')),
    -- SHA-256 of all its parts, one after the other.
    digest bytea NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (project_id, report_id, format),
    FOREIGN KEY (project_id, report_id) REFERENCES comparison.report ON DELETE CASCADE
);

-- In parts, so that reading one holds no more than a part.
CREATE TABLE comparison.report_part (
    project_id bigint NOT NULL,
    report_id text COLLATE "C" NOT NULL,
    format text NOT NULL,
    part integer NOT NULL CHECK (part >= 0),
    content bytea NOT NULL CHECK (length(content) BETWEEN 1 AND 262144),
    PRIMARY KEY (project_id, report_id, format, part),
    FOREIGN KEY (project_id, report_id, format) REFERENCES comparison.report_document ON DELETE CASCADE
);

SELECT branching.isolate('comparison.report');
SELECT branching.isolate('comparison.report_document');
SELECT branching.isolate('comparison.report_part');

GRANT USAGE ON SCHEMA comparison TO dendrite_comparison_service;
GRANT SELECT, INSERT, DELETE ON comparison.report, comparison.report_document, comparison.report_part
    TO dendrite_comparison_service;
