-- migrate:up
ALTER TABLE a ADD COLUMN n INT;

-- migrate:down
