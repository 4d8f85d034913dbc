-- Whoever runs the migrations calls care.grant_rights(), and need not be who ran the one that made it. It does only
-- what its caller may.
GRANT EXECUTE ON FUNCTION care.grant_rights() TO dendrite_owner;
