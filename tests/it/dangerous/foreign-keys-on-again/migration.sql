SET foreign_key_checks = 0;
UPDATE t SET b = 1 WHERE id = 1;
SET foreign_key_checks = 1;
