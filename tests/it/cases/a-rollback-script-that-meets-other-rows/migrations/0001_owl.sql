INSERT INTO pet VALUES (3, 'owl'), (4, 'owl');
