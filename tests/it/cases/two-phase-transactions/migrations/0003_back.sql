UPDATE t SET a = 6 WHERE id = 2;
