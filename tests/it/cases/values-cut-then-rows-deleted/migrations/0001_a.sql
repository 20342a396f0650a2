SET @old = @@sql_mode, sql_mode = '';
INSERT INTO t VALUES (3, '0000-00-00', 'abcdef');
UPDATE t SET d = '2020-02-31' WHERE id = 1;
ALTER TABLE t MODIFY s VARCHAR(1);
SET sql_mode = @old;
DELETE FROM t WHERE id = 3;
