CREATE VIRTUAL TABLE f USING fts5(a, content='t');
INSERT INTO f (rowid, a) SELECT rowid, a FROM t;
