-- Revert flips:people from mysql
DROP TABLE people;
