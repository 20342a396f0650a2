CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20));
INSERT INTO people VALUES (1, 'anna');
ALTER TABLE people ADD COLUMN born INT;
CREATE VIEW names AS SELECT name, born FROM people;
