UPDATE log SET note = 'c' WHERE id = 2;
INSERT INTO log VALUES (3,'d'),(4,'e'),(1,'f');
