SET @x = 1;
UPDATE t SET n = 5;
