INSERT INTO pet VALUES (4,'owl');
UPDATE pet SET kind = 'tom' WHERE id = 1;
