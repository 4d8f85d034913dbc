-- The epoch of a stream's first writer is one that no writer of another stream or timeline has. A writer knows its
-- stream by name: after a reset, or where a stream or branch was deleted and made again, that name leads to another row
-- here, which began at 1 as the one before did. So a writer of the old stream was taken for the writer of the new one,
-- and what it had not sent yet for what another one stored at the same samples. Microseconds since 1970 are what no
-- other row began with; from there on epochs go one by one, as before. Rows that are there keep theirs, and so their
-- writers go on.
SET LOCAL ROLE dendrite_owner;

CREATE FUNCTION signals.begin_epochs() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.epoch := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    RETURN NEW;
END
$$;

-- Whoever makes a row: who opens a stream, and who fences one that nobody had open.
CREATE TRIGGER begin_epochs BEFORE INSERT ON signals.writer
    FOR EACH ROW EXECUTE FUNCTION signals.begin_epochs();
