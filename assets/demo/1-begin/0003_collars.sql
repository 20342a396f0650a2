-- caribou: requires=0002_animals
CREATE TABLE collar (
    id        INTEGER PRIMARY KEY,
    animal_id INTEGER NOT NULL UNIQUE REFERENCES animal (id),
    fitted    TEXT NOT NULL
);

-- Every hundredth animal wears one.
INSERT INTO collar (id, animal_id, fitted)
SELECT id / 100, id, date('2025-03-01', '+' || (id / 100 % 30) || ' days') FROM animal WHERE id % 100 = 0;
