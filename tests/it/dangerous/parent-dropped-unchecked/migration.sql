SET foreign_key_checks = 0;
DROP TABLE p;
SET foreign_key_checks = 1;
