UPDATE t SET k = 'ANNA' WHERE k = 'ánna'; UPDATE t SET k = 'bob  ' WHERE k = 'bob'; DELETE FROM t WHERE k = 'c'; INSERT INTO t VALUES ('C ', 7); REPLACE INTO t VALUES ('ÉVE', 8);
