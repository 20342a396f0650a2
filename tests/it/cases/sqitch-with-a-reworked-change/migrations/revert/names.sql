DROP VIEW names;
CREATE VIEW names AS SELECT name FROM people;
