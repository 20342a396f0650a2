UPDATE t SET a = 2 WHERE id = 2;
XA COMMIT 'left';
