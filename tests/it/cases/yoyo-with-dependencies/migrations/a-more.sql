-- the second
-- depends: b-first
ALTER TABLE a ADD COLUMN n INT;
