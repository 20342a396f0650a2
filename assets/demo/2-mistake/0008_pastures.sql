CREATE TABLE pasture (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    lichen_kg INTEGER NOT NULL
);

INSERT INTO pasture (id, name, lichen_kg)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
SELECT i, 'pasture ' || i, 1000 + i * 37 % 5000 FROM n;
