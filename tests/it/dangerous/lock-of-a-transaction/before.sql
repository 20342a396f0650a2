CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(40), b INT);
INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2), (3, 'a very long text indeed', 300);
