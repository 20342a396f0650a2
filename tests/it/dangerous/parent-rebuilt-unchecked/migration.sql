SET foreign_key_checks = 0;
CREATE TABLE p_new (id INT PRIMARY KEY, a INT);
INSERT INTO p_new (id) SELECT id FROM p;
DROP TABLE p;
RENAME TABLE p_new TO p;
SET foreign_key_checks = 1;
