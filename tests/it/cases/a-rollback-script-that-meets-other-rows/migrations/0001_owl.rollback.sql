-- caribou: rows=1
DELETE FROM pet WHERE kind = 'owl';
