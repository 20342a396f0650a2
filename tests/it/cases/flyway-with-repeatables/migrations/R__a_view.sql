CREATE VIEW names AS SELECT name, born FROM people;
