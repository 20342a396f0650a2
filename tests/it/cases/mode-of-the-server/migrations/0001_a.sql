INSERT INTO o VALUES (1, 'C:\tmp\');
INSERT INTO o VALUES (2, 'x; y');
DELETE FROM o WHERE v = 'C:\tmp\';
UPDATE o SET v = '\' WHERE k = 2;
