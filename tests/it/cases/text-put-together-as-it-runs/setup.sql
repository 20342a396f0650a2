CREATE TABLE pet (id INT PRIMARY KEY, kind VARCHAR(20), old INT);
CREATE TABLE nap (id INT PRIMARY KEY, pet INT, KEY by_pet (pet), FOREIGN KEY (pet) REFERENCES pet (id));
INSERT INTO pet VALUES (1,'cat',7),(2,'dog',8);
INSERT INTO nap VALUES (1,1),(2,2);
CREATE VIEW old_pets AS SELECT id, kind FROM pet;
