SET SESSION max_join_size = 1, sql_quote_show_create = 0, time_zone = '+05:00', div_precision_increment = 2, foreign_key_checks = 0;
UPDATE s SET at = '2026-01-01 15:00:00' WHERE id = 1;
ALTER TABLE t DROP COLUMN n;
DROP TABLE o;
