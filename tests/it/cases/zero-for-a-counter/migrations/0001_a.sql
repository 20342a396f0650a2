INSERT INTO t VALUES (0, 'z'), (0, 'y');
SET @@sql_mode := 'NO_AUTO_VALUE_ON_ZERO';
INSERT INTO t VALUES (0, 'x');
