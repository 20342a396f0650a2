/*!50000 XA BEGIN 'x' */;
DELETE FROM t;
/*!50000 XA END 'x' */;
/*!50000 XA ROLLBACK 'x' */;
