-- caribou: session=foreign_keys=1
DELETE FROM parents WHERE id = 1;
