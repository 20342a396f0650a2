SET foreign_key_checks=0;
TRUNCATE TABLE p;
INSERT INTO p VALUES (1,7);
