ALTER TABLE t MODIFY e ENUM('a','c','d');
