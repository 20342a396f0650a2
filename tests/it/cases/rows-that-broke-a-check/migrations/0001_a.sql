DELETE FROM t WHERE id = 1;
SET check_constraint_checks = 0;
ALTER TABLE t DROP x;
