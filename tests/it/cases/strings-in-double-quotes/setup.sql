CREATE TABLE t (k TEXT DEFAULT "x y" CHECK (k IN ("a", "b", 'x y')), n INT); INSERT INTO t VALUES ('a', 1);
