-- Verify flips:people on mysql
BEGIN;
SELECT id, name FROM people WHERE 0 = 1;
ROLLBACK;
