-- caribou: class=A rows=2
UPDATE pet SET kind = 'tomcat' WHERE kind = 'cat';
/* caribou: rows=1.. */
DELETE FROM pet WHERE kind = 'dog';
BEGIN;
-- One more.
-- caribou: rows=..1
INSERT INTO pet VALUES (4, 'owl');
COMMIT;
