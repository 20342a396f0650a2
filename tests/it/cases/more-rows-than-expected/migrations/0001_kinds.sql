INSERT INTO pet VALUES (4, 'owl');
BEGIN;
UPDATE pet SET kind = 'wolf' WHERE id = 2;
-- caribou: rows=..1
UPDATE pet SET kind = 'tiger' WHERE id <> 2;
COMMIT;
