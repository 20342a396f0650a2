-- caribou: session=foreign_key_checks=0
INSERT INTO c VALUES (1, 7);
