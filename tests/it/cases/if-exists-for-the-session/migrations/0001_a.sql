SET sql_if_exists = 1;
DROP TABLE nothing;
ALTER TABLE nothing ADD x INT;
ALTER TABLE t DROP COLUMN n;
DROP TABLE t;
