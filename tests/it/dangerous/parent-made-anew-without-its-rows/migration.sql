SET foreign_key_checks = 0;
DROP TABLE p;
CREATE TABLE p (id INT PRIMARY KEY);
SET foreign_key_checks = 1;
