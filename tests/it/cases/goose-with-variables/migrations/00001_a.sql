-- +goose NO TRANSACTION
-- +goose up
-- +goose ENVSUB ON
CREATE TABLE a (id INT PRIMARY KEY, name VARCHAR(20) DEFAULT '${NOBODY_SETS_THIS:-none}');
-- +goose ENVSUB OFF
INSERT INTO a (id, name) VALUES (1, '${NOBODY_SETS_THIS}');

-- +goose down
DROP TABLE a;
