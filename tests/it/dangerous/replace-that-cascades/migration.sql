REPLACE INTO parents (id, name) VALUES (1, 'c');
