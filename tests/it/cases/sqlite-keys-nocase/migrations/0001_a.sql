UPDATE t SET k = 'ANNA' WHERE k = 'anna'; DELETE FROM t WHERE k = 'BOB'; INSERT INTO t VALUES ('Bob', 7); REPLACE INTO t VALUES ('EVE', 8); UPDATE r SET k = 'a' WHERE k = 'a  ';
