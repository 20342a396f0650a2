ALTER TABLE t MODIFY e ENUM('a','b','c');
