CREATE TABLE pet (id INTEGER PRIMARY KEY, kind VARCHAR(20)) ENGINE=MyISAM;
INSERT INTO pet VALUES (1, 'cat'), (2, 'dog'), (3, 'cat');
