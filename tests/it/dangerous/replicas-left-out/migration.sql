SET sql_log_bin = 0;
UPDATE t SET b = 1 WHERE id = 1;
