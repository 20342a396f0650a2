-- caribou: session=foreign_key_checks=0
UPDATE c SET p = NULL WHERE id = 1;
