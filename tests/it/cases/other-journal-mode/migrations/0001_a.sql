PRAGMA journal_mode = DELETE;
DELETE FROM t WHERE id = 1;
PRAGMA journal_mode = WAL;
CREATE TABLE u (x);
