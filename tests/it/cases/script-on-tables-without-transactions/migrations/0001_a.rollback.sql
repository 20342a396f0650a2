DELETE FROM pet WHERE id = 4;
UPDATE log SET note = 'c' WHERE id = 2;
INSERT INTO nap VALUES (3,'d');
DELETE FROM log WHERE id IN (SELECT id FROM pet WHERE kind = 'tom');
UPDATE pet SET kind = 'cat' WHERE id = 1;
