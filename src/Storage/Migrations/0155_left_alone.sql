SET LOCAL ROLE dendrite_owner;

-- An attempt that only found no place to wait is taken back.
GRANT DELETE ON scheduling.run_attempt TO dendrite_scheduler_service;
