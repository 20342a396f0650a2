-- Deploy flips:people to mysql
CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(20));
