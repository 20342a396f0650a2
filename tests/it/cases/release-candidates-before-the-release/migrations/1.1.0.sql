INSERT INTO hosts VALUES (2, 'two');
