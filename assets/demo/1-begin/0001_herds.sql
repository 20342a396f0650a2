-- The herds of the north, each with the place where it winters.
CREATE TABLE herd (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    latitude  REAL NOT NULL,
    longitude REAL NOT NULL
);

INSERT INTO herd (id, name, latitude, longitude) VALUES
    (1, 'Porcupine', 67.6, -140.9),
    (2, 'Bluenose', 67.8, -119.2),
    (3, 'Bathurst', 66.3, -111.6),
    (4, 'Qamanirjuaq', 62.9, -95.4),
    (5, 'George River', 57.2, -64.9),
    (6, 'Western Arctic', 67.1, -160.3),
    (7, 'Beverly', 64.6, -103.1),
    (8, 'Leaf River', 58.8, -72.4);
