ALTER TABLE pasture DROP COLUMN left_kg;
