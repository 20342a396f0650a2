PRAGMA foreign_keys = OFF;
UPDATE t SET b = 1 WHERE id = 1;
