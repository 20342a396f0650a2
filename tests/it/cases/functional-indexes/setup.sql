CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20), KEY f ((a + 1)), KEY g ((CONCAT(b, ';''')) DESC) INVISIBLE, UNIQUE KEY h ((a * id)));
INSERT INTO t VALUES (1,1,'x'),(2,2,'y');
