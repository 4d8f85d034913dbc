SET LOCAL ROLE dendrite_owner;

-- Maintenance removes what nobody sees (0016, 0017).
ALTER TABLE scheduling.job DROP CONSTRAINT job_task_check;
ALTER TABLE scheduling.job ADD CONSTRAINT job_task_check CHECK (task IN ('retention', 'maintenance'));

-- Deleted blocks must make room for new ones soon: by default a vacuum waits for a fifth of the table, which of a
-- hundred gigabytes is twenty. So it comes after a number of rows, some tens of megabytes of payload; a vacuum reads
-- only pages that changed, and blocks nobody. Payloads lie in the TOAST table, which has settings of its own.
ALTER TABLE signals.block SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 50000
);
