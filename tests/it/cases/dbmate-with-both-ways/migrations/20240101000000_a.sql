-- migrate:up transaction:false
CREATE TABLE a (id INT PRIMARY KEY);
INSERT INTO a VALUES (1);

-- migrate:down
DROP TABLE a;
