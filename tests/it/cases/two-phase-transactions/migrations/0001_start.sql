-- as some tools write it
XA START 'x';
UPDATE t SET a = 5 WHERE id = 1;
XA END 'x';
XA PREPARE 'x';
XA COMMIT 'x';
