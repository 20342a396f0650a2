CREATE TABLE pet (id INT PRIMARY KEY, kind VARCHAR(9));
INSERT INTO pet VALUES (1,'cat'),(2,'dog'),(3,'cow');
CREATE TABLE nap (n INT, note VARCHAR(9));
INSERT INTO nap VALUES (1,'a'),(1,'a'),(2,NULL);
