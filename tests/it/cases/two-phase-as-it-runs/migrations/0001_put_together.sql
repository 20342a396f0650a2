UPDATE t SET a = 5 WHERE id = 1;
SET @w = 'ST';
SET @q = CONCAT('XA ', @w, (SELECT 'ART'), ' ''x''');
PREPARE s FROM @q;
EXECUTE s;
UPDATE t SET a = 7;
no such statement;
