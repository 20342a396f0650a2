CREATE DEFINER = 'root'@'localhost' VIEW v AS SELECT id FROM t;
