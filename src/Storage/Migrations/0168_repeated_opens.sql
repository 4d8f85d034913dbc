-- An opening of a stream that is asked for again, since its answer was lost, is answered as it was: under the epoch
-- that it took. It took another one, so a gateway that came back after a kill saw two epochs more than its own, of
-- which one was nobody's, took it for another writer's, and appended behind it what it had sent before.
SET LOCAL ROLE dendrite_owner;

-- The id of the request by which the stream was opened last, until something is appended: who does that has heard the
-- answer. Null where there is none.
ALTER TABLE signals.writer ADD COLUMN open_request uuid;

GRANT UPDATE (open_request) ON signals.writer TO dendrite_ingest_service;
