DELETE FROM t;
UPDATE o SET v = changes() WHERE k = 2;
