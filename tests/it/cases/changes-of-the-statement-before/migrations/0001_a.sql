UPDATE t SET n = 5;
INSERT INTO o VALUES (100, changes());
INSERT INTO t (n) VALUES (6);
INSERT INTO o VALUES (200, last_insert_rowid());
DELETE FROM t WHERE id = 1;
SELECT * FROM o;
INSERT INTO o VALUES (300, changes());
