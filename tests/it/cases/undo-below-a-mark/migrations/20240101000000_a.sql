--// a table
CREATE TABLE a (id INT);

--//@UNDO
DROP TABLE a;
