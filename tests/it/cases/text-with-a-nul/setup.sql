CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, CAST(x'c328' AS TEXT)),(2, 'a' || char(0) || 'b'),(3, '');
