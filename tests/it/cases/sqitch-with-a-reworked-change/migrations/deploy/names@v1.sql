-- Deploy flips:names to mysql
CREATE VIEW names AS SELECT name FROM people;
