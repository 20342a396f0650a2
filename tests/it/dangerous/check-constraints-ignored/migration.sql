PRAGMA ignore_check_constraints = ON;
UPDATE t SET b = 1 WHERE id = 1;
