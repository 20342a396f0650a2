PRAGMA writable_schema = ON;
UPDATE sqlite_master SET sql = 'CREATE TABLE t (id INTEGER PRIMARY KEY, n INT NOT NULL)' WHERE name = 't';
PRAGMA writable_schema = RESET;
