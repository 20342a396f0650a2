-- caribou: requires=0008_pastures,0002_animals
CREATE TABLE grazing (
    animal_id  INTEGER NOT NULL,
    pasture_id INTEGER NOT NULL,
    since      TEXT NOT NULL,
    PRIMARY KEY (animal_id, pasture_id)
);

INSERT INTO grazing (animal_id, pasture_id, since)
SELECT animal.id, 1 + (animal.id * 13 + month.value * 101) % 60000, '2025-0' || month.value || '-01'
FROM animal, json_each('[1, 2, 3, 4, 5]') AS month;

CREATE INDEX grazing_by_pasture ON grazing (pasture_id);
