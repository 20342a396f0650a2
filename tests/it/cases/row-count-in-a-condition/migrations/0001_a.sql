INSERT INTO o VALUES (2, 'two'), (3, 'three');
UPDATE t SET n = 5;
DELETE FROM o WHERE k = ROW_COUNT();
