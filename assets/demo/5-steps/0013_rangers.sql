-- caribou: requires=0001_herds
CREATE TABLE ranger (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL,
    herd_id INTEGER NOT NULL REFERENCES herd (id)
);

INSERT INTO ranger (id, name, herd_id) VALUES
    (1, 'Aput', 1),
    (2, 'Nanuq', 3),
    (3, 'Siku', 4),
    (4, 'Tulugaq', 5);

CREATE INDEX ranger_by_herd ON ranger (herd_id);

CREATE VIEW herd_without_ranger AS
SELECT herd.id, herd.name FROM herd WHERE herd.id NOT IN (SELECT herd_id FROM ranger);
