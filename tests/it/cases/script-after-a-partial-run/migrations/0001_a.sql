UPDATE pet SET kind = 'bird';
INSERT INTO nowhere VALUES (1);
