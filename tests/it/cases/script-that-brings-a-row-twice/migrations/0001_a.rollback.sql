INSERT INTO pet VALUES (1,'cat');
INSERT INTO pet VALUES (1,'cat');
