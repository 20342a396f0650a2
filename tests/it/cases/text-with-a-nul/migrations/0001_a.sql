UPDATE t SET a = a || char(0) || '''';
UPDATE t SET a = a || 'more';
