CREATE TABLE "a ""b" (k TEXT, "order" INT, g INT GENERATED ALWAYS AS ("order" * 2) STORED, PRIMARY KEY (k, "order")) WITHOUT ROWID; INSERT INTO "a ""b" (k, "order") VALUES ('x', 1), ('y', 2);
CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT, b BLOB NOT NULL, a ANY, r REAL) STRICT; INSERT INTO s VALUES (5, x'00ff', 'q', 1.5), (9, x'', 3, NULL); DELETE FROM s WHERE id = 9;
CREATE TABLE rowid3 (rowid TEXT, oid INT, _rowid_ INT); INSERT INTO rowid3 VALUES ('a', 1, 2), ('a', 1, 2);
