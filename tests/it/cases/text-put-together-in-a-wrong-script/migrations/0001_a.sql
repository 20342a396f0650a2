ALTER TABLE pet ADD note INT;
INSERT INTO pet (id, kind) VALUES (5, 'owl');
