SET sql_mode = 'PIPES_AS_CONCAT';
DELETE FROM o WHERE v = 'a' || 'b';
UPDATE o SET v = v || 'd' WHERE v || 'x' = 'cx';
