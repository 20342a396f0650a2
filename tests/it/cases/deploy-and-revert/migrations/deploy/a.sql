-- Deploy shop:a to mysql

BEGIN;
CREATE TABLE a (id INT);
COMMIT;
