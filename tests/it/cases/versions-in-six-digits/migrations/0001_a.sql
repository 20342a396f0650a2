UPDATE t SET n = 10 WHERE id = 1 /*!100100 OR id = 2 */;
UPDATE t SET n = 30 WHERE id = 3 /*!50700 OR id = 4 */;
DELETE FROM t WHERE id = 5 /*! AND n = 6 */ /*M! OR id = 4 */;
ALTER TABLE t ADD x INT /*!80013 INVISIBLE */;
ALTER TABLE t /*!50700 ADD y INT, */ ADD z INT;
