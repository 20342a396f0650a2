CREATE TABLE parents (id INT PRIMARY KEY, name VARCHAR(20), UNIQUE (name));
CREATE TABLE kids (id INT PRIMARY KEY, parent INT, CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE);
INSERT INTO parents VALUES (1, 'a'), (2, 'b');
INSERT INTO kids VALUES (10, 1), (11, 1), (12, 2);
