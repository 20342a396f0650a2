ATTACH ':memory:' AS m;
CREATE TABLE m.t AS SELECT * FROM main.t;
UPDATE m.t SET n = n + 10;
DELETE FROM t;
INSERT INTO main.t SELECT id + 5, n FROM m.t;
DETACH m;
