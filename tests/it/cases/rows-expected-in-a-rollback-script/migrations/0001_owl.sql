INSERT INTO pet VALUES (3, 'owl');
