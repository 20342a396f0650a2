UPDATE t SET b = 1;
