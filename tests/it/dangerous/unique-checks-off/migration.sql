SET unique_checks = 0;
INSERT INTO t (id, a, b) VALUES (1, NULL, 2);
SET unique_checks = 1;
