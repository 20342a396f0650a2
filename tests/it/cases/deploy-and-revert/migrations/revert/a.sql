-- Revert shop:a from mysql

BEGIN;
DROP TABLE a;
COMMIT;
