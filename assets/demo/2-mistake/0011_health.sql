-- caribou: requires=0009_grazing,0010_weights
CREATE TABLE health (
    animal_id INTEGER PRIMARY KEY,
    condition TEXT NOT NULL
);

CREATE INDEX health_by_condition ON health (condition);

-- The mistake: the column is called weight.
INSERT INTO health (animal_id, condition)
SELECT id, CASE WHEN weight_kg < 80 THEN 'thin' ELSE 'good' END FROM animal;
