CREATE TABLE t (k VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY, a INT); INSERT INTO t VALUES ('ánna', 1), ('bob', 2), ('c', 3), ('eve', 4);
