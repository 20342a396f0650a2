-- caribou: requires=0009_grazing,0010_weights
CREATE TABLE health (
    animal_id INTEGER PRIMARY KEY,
    condition TEXT NOT NULL
);

CREATE INDEX health_by_condition ON health (condition);

INSERT INTO health (animal_id, condition)
SELECT id, CASE WHEN weight < 80 THEN 'thin' ELSE 'good' END FROM animal;
