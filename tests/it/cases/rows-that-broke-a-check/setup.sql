SET check_constraint_checks = 0;
CREATE TABLE t (id INT PRIMARY KEY, n INT CHECK (n > 0), x INT);
INSERT INTO t VALUES (1,-1,5),(2,2,5);
