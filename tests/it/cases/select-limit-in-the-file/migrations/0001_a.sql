SET sql_select_limit = 0, sql_safe_updates = 1;
UPDATE t SET n = 9 WHERE id IN (1, 2);
DELETE FROM t WHERE id = 3;
ALTER TABLE t MODIFY n SMALLINT;
