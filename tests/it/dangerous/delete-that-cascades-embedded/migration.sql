PRAGMA foreign_keys = ON;
DELETE FROM parents WHERE id = 1;
