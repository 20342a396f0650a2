CREATE TABLE a (id INT);

-- Rollback script:
DROP TABLE a;
