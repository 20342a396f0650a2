CREATE TABLE pet (id INT PRIMARY KEY, kind VARCHAR(9));
INSERT INTO pet VALUES (1,'cat'),(2,'dog');
