DROP VIEW names;
CREATE VIEW names AS SELECT name, age FROM people;
