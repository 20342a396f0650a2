-- caribou: requires=0004_positions
-- How far each collar went each day, in kilometres, roughly.
CREATE TABLE distance (
    collar_id  INTEGER NOT NULL REFERENCES collar (id),
    day        INTEGER NOT NULL,
    kilometres REAL NOT NULL,
    PRIMARY KEY (collar_id, day)
);

INSERT INTO distance (collar_id, day, kilometres)
SELECT collar_id, hour / 24, sum(abs(latitude - before_latitude) * 111 + abs(longitude - before_longitude) * 45)
FROM (
    SELECT collar_id, hour, latitude, longitude,
           lag(latitude, 1, latitude) OVER one AS before_latitude,
           lag(longitude, 1, longitude) OVER one AS before_longitude
    FROM position
    WINDOW one AS (PARTITION BY collar_id ORDER BY hour)
)
GROUP BY collar_id, hour / 24;

CREATE INDEX distance_by_day ON distance (day, kilometres);
