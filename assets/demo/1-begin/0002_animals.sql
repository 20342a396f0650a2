-- caribou: requires=0001_herds
CREATE TABLE animal (
    id      INTEGER PRIMARY KEY,
    herd_id INTEGER NOT NULL REFERENCES herd (id),
    born    INTEGER NOT NULL,
    weight  REAL NOT NULL
);

INSERT INTO animal (id, herd_id, born, weight)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
SELECT i, 1 + i % 8, 2010 + i * 7 % 15, 60 + i * 31 % 900 / 10.0 FROM n;

CREATE INDEX animal_by_herd ON animal (herd_id, born);
