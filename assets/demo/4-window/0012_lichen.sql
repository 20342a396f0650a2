-- caribou: requires=0008_pastures,0009_grazing class=B
-- The lichen that each pasture has left after a summer.
ALTER TABLE pasture ADD COLUMN left_kg INTEGER;

UPDATE pasture
SET left_kg = lichen_kg - 600 * (SELECT count(*) FROM grazing WHERE grazing.pasture_id = pasture.id);
