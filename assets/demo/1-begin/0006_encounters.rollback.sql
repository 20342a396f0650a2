DROP INDEX animal_with_collar;
DROP TABLE encounter;
