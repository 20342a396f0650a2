ATTACH ':memory:' AS m;
CREATE TABLE m.t AS SELECT * FROM main.t;
DELETE FROM t;
INSERT INTO main.t SELECT id + 5, n FROM m.t;
INSERT INTO no_such_table VALUES (1);
