DELETE FROM t;
DELETE FROM sqlite_sequence;
INSERT INTO t (n) VALUES (9);
