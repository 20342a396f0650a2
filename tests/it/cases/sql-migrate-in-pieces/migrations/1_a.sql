-- +migrate Up notransaction
CREATE TABLE a (id INT PRIMARY KEY);
-- +migrate Down
DROP TABLE a;
-- +migrate Up
-- +migrate StatementBegin
INSERT INTO a VALUES (1)
-- +migrate StatementEnd
INSERT INTO a VALUES (2);
