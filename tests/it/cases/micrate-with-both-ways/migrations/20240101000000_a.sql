-- +micrate Up
CREATE TABLE a (id INT PRIMARY KEY);

-- +micrate Down
DROP TABLE a;
