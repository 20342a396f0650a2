-- caribou: rows=..1
UPDATE pet SET kind = 'tiger' WHERE kind = 'cat';
