LOCK TABLES pet WRITE, nap WRITE;
DELETE FROM pet WHERE id >= 3;
INSERT INTO pet VALUES (9,'ape');
UPDATE nap SET note = 'b';
UNLOCK TABLES;
UPDATE pet SET kind = 'cat' WHERE id = 1;
