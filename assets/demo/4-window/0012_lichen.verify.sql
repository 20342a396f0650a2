-- No pasture has less than nothing.
SELECT count(*) = 0 FROM pasture WHERE left_kg < 0;
