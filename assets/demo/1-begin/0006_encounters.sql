-- caribou: requires=0004_positions optional=0005_distances
-- Which collars of a herd were within a few hundred metres of each other, and for how many hours, month by month.
CREATE TABLE encounter (
    one   INTEGER NOT NULL REFERENCES collar (id),
    other INTEGER NOT NULL REFERENCES collar (id),
    month INTEGER NOT NULL,
    hours INTEGER NOT NULL,
    PRIMARY KEY (one, other, month)
);

CREATE INDEX animal_with_collar ON collar (animal_id, id);

INSERT INTO encounter (one, other, month, hours)
SELECT a.collar_id, b.collar_id, 1, count(*)
FROM position AS a JOIN position AS b ON b.hour = a.hour AND b.collar_id > a.collar_id AND (b.collar_id - a.collar_id) % 2 = 0
WHERE a.hour BETWEEN 0 AND 5
  AND abs(a.latitude - b.latitude) < 0.004 AND abs(a.longitude - b.longitude) < 0.009
GROUP BY a.collar_id, b.collar_id;

INSERT INTO encounter (one, other, month, hours)
SELECT a.collar_id, b.collar_id, 2, count(*)
FROM position AS a JOIN position AS b ON b.hour = a.hour AND b.collar_id > a.collar_id AND (b.collar_id - a.collar_id) % 2 = 0
WHERE a.hour BETWEEN 240 AND 245
  AND abs(a.latitude - b.latitude) < 0.004 AND abs(a.longitude - b.longitude) < 0.009
GROUP BY a.collar_id, b.collar_id;

INSERT INTO encounter (one, other, month, hours)
SELECT a.collar_id, b.collar_id, 3, count(*)
FROM position AS a JOIN position AS b ON b.hour = a.hour AND b.collar_id > a.collar_id AND (b.collar_id - a.collar_id) % 2 = 0
WHERE a.hour BETWEEN 480 AND 485
  AND abs(a.latitude - b.latitude) < 0.004 AND abs(a.longitude - b.longitude) < 0.009
GROUP BY a.collar_id, b.collar_id;

INSERT INTO encounter (one, other, month, hours)
SELECT a.collar_id, b.collar_id, 4, count(*)
FROM position AS a JOIN position AS b ON b.hour = a.hour AND b.collar_id > a.collar_id AND (b.collar_id - a.collar_id) % 2 = 0
WHERE a.hour BETWEEN 720 AND 725
  AND abs(a.latitude - b.latitude) < 0.004 AND abs(a.longitude - b.longitude) < 0.009
GROUP BY a.collar_id, b.collar_id;

INSERT INTO encounter (one, other, month, hours)
SELECT a.collar_id, b.collar_id, 5, count(*)
FROM position AS a JOIN position AS b ON b.hour = a.hour AND b.collar_id > a.collar_id AND (b.collar_id - a.collar_id) % 2 = 0
WHERE a.hour BETWEEN 960 AND 965
  AND abs(a.latitude - b.latitude) < 0.004 AND abs(a.longitude - b.longitude) < 0.009
GROUP BY a.collar_id, b.collar_id;

INSERT INTO encounter (one, other, month, hours)
SELECT a.collar_id, b.collar_id, 6, count(*)
FROM position AS a JOIN position AS b ON b.hour = a.hour AND b.collar_id > a.collar_id AND (b.collar_id - a.collar_id) % 2 = 0
WHERE a.hour BETWEEN 1200 AND 1205
  AND abs(a.latitude - b.latitude) < 0.004 AND abs(a.longitude - b.longitude) < 0.009
GROUP BY a.collar_id, b.collar_id;
