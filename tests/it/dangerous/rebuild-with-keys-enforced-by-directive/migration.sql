-- caribou: session=foreign_keys=1
CREATE TABLE t_new (id INT PRIMARY KEY, a TEXT NOT NULL);
INSERT INTO t_new SELECT id, a FROM t;
DROP TABLE t;
ALTER TABLE t_new RENAME TO t;
