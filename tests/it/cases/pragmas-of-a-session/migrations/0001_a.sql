PRAGMA locking_mode = EXCLUSIVE;
PRAGMA case_sensitive_like = ON;
PRAGMA recursive_triggers = ON;
PRAGMA cache_size = 100;
DELETE FROM t WHERE id = 1;
PRAGMA integrity_check;
CREATE TABLE u (x);
PRAGMA query_only = ON;
SELECT count(*) FROM t;
