-- Whoever runs assertions. It is no member of dendrite_service: it may log in and hold temporary tables, and has no
-- right to any schema, table or function of the platform. The Branch service copies into its session what a query may
-- see, and nothing else can be seen there.
DO $$
BEGIN
    BEGIN
        CREATE ROLE dendrite_assertion_service NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;

    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO dendrite_assertion_service', current_database());
END
$$;
