-- caribou: requires=0003_collars
-- A fix an hour from each collar, month by month.
CREATE TABLE position (
    collar_id INTEGER NOT NULL REFERENCES collar (id),
    hour      INTEGER NOT NULL,
    latitude  REAL NOT NULL,
    longitude REAL NOT NULL,
    PRIMARY KEY (collar_id, hour)
) WITHOUT ROWID;

INSERT INTO position (collar_id, hour, latitude, longitude)
WITH RECURSIVE hour (h) AS (SELECT 0 UNION ALL SELECT h + 1 FROM hour WHERE h < 239)
SELECT collar.id, h, herd.latitude + h * 0.004 + collar.id * h % 17 / 500.0, herd.longitude - collar.id * h % 23 / 400.0
FROM hour, collar JOIN animal ON animal.id = collar.animal_id JOIN herd ON herd.id = animal.herd_id;

INSERT INTO position (collar_id, hour, latitude, longitude)
WITH RECURSIVE hour (h) AS (SELECT 240 UNION ALL SELECT h + 1 FROM hour WHERE h < 479)
SELECT collar.id, h, herd.latitude + h * 0.004 + collar.id * h % 17 / 500.0, herd.longitude - collar.id * h % 23 / 400.0
FROM hour, collar JOIN animal ON animal.id = collar.animal_id JOIN herd ON herd.id = animal.herd_id;

INSERT INTO position (collar_id, hour, latitude, longitude)
WITH RECURSIVE hour (h) AS (SELECT 480 UNION ALL SELECT h + 1 FROM hour WHERE h < 719)
SELECT collar.id, h, herd.latitude + h * 0.004 + collar.id * h % 17 / 500.0, herd.longitude - collar.id * h % 23 / 400.0
FROM hour, collar JOIN animal ON animal.id = collar.animal_id JOIN herd ON herd.id = animal.herd_id;

INSERT INTO position (collar_id, hour, latitude, longitude)
WITH RECURSIVE hour (h) AS (SELECT 720 UNION ALL SELECT h + 1 FROM hour WHERE h < 959)
SELECT collar.id, h, herd.latitude + h * 0.004 + collar.id * h % 17 / 500.0, herd.longitude - collar.id * h % 23 / 400.0
FROM hour, collar JOIN animal ON animal.id = collar.animal_id JOIN herd ON herd.id = animal.herd_id;

INSERT INTO position (collar_id, hour, latitude, longitude)
WITH RECURSIVE hour (h) AS (SELECT 960 UNION ALL SELECT h + 1 FROM hour WHERE h < 1199)
SELECT collar.id, h, herd.latitude + h * 0.004 + collar.id * h % 17 / 500.0, herd.longitude - collar.id * h % 23 / 400.0
FROM hour, collar JOIN animal ON animal.id = collar.animal_id JOIN herd ON herd.id = animal.herd_id;

INSERT INTO position (collar_id, hour, latitude, longitude)
WITH RECURSIVE hour (h) AS (SELECT 1200 UNION ALL SELECT h + 1 FROM hour WHERE h < 1439)
SELECT collar.id, h, herd.latitude + h * 0.004 + collar.id * h % 17 / 500.0, herd.longitude - collar.id * h % 23 / 400.0
FROM hour, collar JOIN animal ON animal.id = collar.animal_id JOIN herd ON herd.id = animal.herd_id;

CREATE INDEX position_by_hour ON position (hour);
