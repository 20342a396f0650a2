ALTER TABLE docs RENAME TO papers;
INSERT INTO papers VALUES ('world');
