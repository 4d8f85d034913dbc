-- Every commit moves the head of a timeline, and a table's CHECKs are compiled for each statement that writes to it:
-- the two that 0145 gave a timeline were 13 µs of each commit's 84. They stand in the trigger beside the others of
-- 0051, which moving a head does not fire.
SET LOCAL ROLE dendrite_owner;

ALTER TABLE branching.timeline
    DROP CONSTRAINT timeline_check,
    DROP CONSTRAINT timeline_hidden_beyond_version_check;

CREATE OR REPLACE FUNCTION branching.check_timeline() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.start_version < 0 OR NEW.head_version < NEW.start_version OR length(NEW.head_hash) <> 32
        OR NEW.seal NOT IN ('deleted', 'archived', 'reset')
        OR (NEW.absorbed_into_timeline_id IS NULL) <> (NEW.absorbed_at_version IS NULL)
        OR NEW.absorbed_into_timeline_id = NEW.timeline_id
        OR (NEW.hidden_time IS NULL) <> (NEW.hidden_beyond_version IS NULL) OR NEW.hidden_beyond_version < 0
    THEN
        RAISE EXCEPTION 'Timeline % would contradict itself: %.', NEW.timeline_id, to_jsonb(NEW)
            USING ERRCODE = 'check_violation', TABLE = 'timeline', SCHEMA = 'branching';
    END IF;
    RETURN NEW;
END
$$;

DROP TRIGGER check_timeline ON branching.timeline;
CREATE TRIGGER check_timeline
    BEFORE INSERT OR UPDATE OF
        start_version, seal, absorbed_into_timeline_id, absorbed_at_version, hidden_time, hidden_beyond_version
    ON branching.timeline FOR EACH ROW EXECUTE FUNCTION branching.check_timeline();
