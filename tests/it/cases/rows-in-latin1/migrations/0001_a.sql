SET NAMES latin1;
UPDATE w SET n = 'ö' WHERE n = 'é';
INSERT INTO w VALUES (4, 'ß');
DELETE FROM w WHERE n = 'x';
