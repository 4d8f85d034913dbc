-- Requests that were done long ago are removed by each project for itself, so it finds its own by their age, past those
-- of all others.
SET LOCAL ROLE dendrite_owner;

DROP INDEX branching.request_age;
CREATE INDEX request_age ON branching.request (project_id, create_time);
