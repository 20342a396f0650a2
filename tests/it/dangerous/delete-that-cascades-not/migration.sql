SET foreign_key_checks = 0;
DELETE FROM parents WHERE id = 9;
SET foreign_key_checks = 1;
