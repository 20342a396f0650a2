PRAGMA foreign_keys = ON;
DELETE FROM p WHERE id = 1;
DROP TABLE p;
